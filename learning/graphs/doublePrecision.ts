/** A graph's real numbers in float64: what a function computes, without the rounding of float32. */
import type { RecordedGraph } from './recordedGraph.js';
import { castNode, dataTypes, type Attribute, type GraphNode } from './savedModel.js';

/**
 * Inputs and constants stay float32 and are cast, and so are the outputs on their way back. Every other operation on float32
 * computes in float64.
 */
export function withDoublePrecision({ nodes, outputs }: RecordedGraph): RecordedGraph {
  const written: GraphNode[] = [];
  /** Nodes of float32 that give a value which others need in float64. */
  const single = new Set<string>();
  const wide = new Set<string>();
  for (const node of nodes) {
    if (isGiven(node)) {
      written.push(node);
      if (typeOf(node.attr['dtype']) !== dataTypes.float32) continue;
      single.add(node.name);
      written.push(castNode(widened(node.name), node.name, 'float32', 'float64'));
      continue;
    }
    const input = node.input.map((name) => (single.has(name) ? widened(name) : name));
    const attr = Object.fromEntries(Object.entries(node.attr).map(([name, value]) => [name, inFloat64(value)]));
    written.push(...(node.op === 'Rsqrt' ? inTwoSteps({ ...node, input, attr }) : [{ ...node, input, attr }]));
    if (typeOf(node.attr['DstT'] ?? node.attr['T']) === dataTypes.float32) wide.add(node.name);
  }
  const given = outputs.map((name, index) => {
    if (!wide.has(name.split(':')[0] as string)) return name;
    const narrowed = castNode(`output_${index}`, name, 'float64', 'float32');
    written.push(narrowed);
    return narrowed.name;
  });
  return { nodes: written, outputs: given };
}

/** 1/√x apart: TensorFlow makes a layer normalisation with it one operation, which there is none of in float64. */
function inTwoSteps(node: GraphNode): GraphNode[] {
  const root = { ...node, name: `${node.name}_root`, op: 'Sqrt' };
  return [root, { ...node, op: 'Reciprocal', input: [root.name] }];
}

const isGiven = ({ op }: GraphNode): boolean => op === 'Placeholder' || op === 'Const';
const typeOf = (attribute: Attribute | undefined): number | undefined =>
  attribute !== undefined && 'type' in attribute ? attribute.type : undefined;
const inFloat64 = (attribute: Attribute): Attribute =>
  typeOf(attribute) === dataTypes.float32 ? { type: dataTypes.float64 } : attribute;
const widened = (name: string): string => `${name}_as_float64`;
