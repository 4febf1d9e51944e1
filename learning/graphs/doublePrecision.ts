/** A graph's real numbers in float64: what a function computes, without the rounding of float32. */
import type { RecordedGraph } from './recordedGraph.js';
import { dataTypes, type Attribute, type GraphNode } from './savedModel.js';

/**
 * Inputs and constants stay float32 and are cast, and so are the outputs on their way back. Every other operation on float32
 * computes in float64.
 */
export function withDoublePrecision({ nodes, outputs }: RecordedGraph): RecordedGraph {
  const written: GraphNode[] = [];
  /** Nodes of float32 that give a value which others need in float64. */
  const single = new Set<string>();
  const wide = new Set<string>();
  const cast = (name: string, from: number, to: number, as: string): string => {
    const attr = { SrcT: { type: from }, DstT: { type: to }, Truncate: { b: false } };
    written.push({ name: as, op: 'Cast', input: [name], attr });
    return as;
  };
  for (const node of nodes) {
    if (isGiven(node)) {
      written.push(node);
      if (typeOf(node.attr['dtype']) !== dataTypes.float32) continue;
      single.add(node.name);
      cast(node.name, dataTypes.float32, dataTypes.float64, widened(node.name));
      continue;
    }
    const input = node.input.map((name) => (single.has(name) ? widened(name) : name));
    const attr = Object.fromEntries(Object.entries(node.attr).map(([name, value]) => [name, inFloat64(value)]));
    written.push({ ...node, input, attr });
    if (typeOf(node.attr['DstT'] ?? node.attr['T']) === dataTypes.float32) wide.add(node.name);
  }
  const given = outputs.map((name, index) =>
    wide.has(name.split(':')[0] as string) ? cast(name, dataTypes.float64, dataTypes.float32, `output_${index}`) : name,
  );
  return { nodes: written, outputs: given };
}

const isGiven = ({ op }: GraphNode): boolean => op === 'Placeholder' || op === 'Const';
const typeOf = (attribute: Attribute | undefined): number | undefined =>
  attribute !== undefined && 'type' in attribute ? attribute.type : undefined;
const inFloat64 = (attribute: Attribute): Attribute =>
  typeOf(attribute) === dataTypes.float32 ? { type: dataTypes.float64 } : attribute;
const widened = (name: string): string => `${name}_as_float64`;
