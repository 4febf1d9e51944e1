/** A graph with bfloat16 where nothing computes in it: on other processors, and on GPUs. */
import type { RecordedGraph } from './recordedGraph.js';
import { castNode, dataTypes, type Attribute, type GraphNode } from './savedModel.js';

/**
 * The same graph, computed in float32 and rounded to bfloat16 wherever a value of it is bfloat16. Its results differ from those of
 * the graph itself by no more than two processors' do: a product of two bfloat16 numbers is exact in float32, in which processors
 * add up as well. So a run that one worker began in bfloat16 can go on at any other.
 *
 * @param graph of `withLowPrecision`
 */
export function roundedInFloat32({ nodes, outputs }: RecordedGraph): RecordedGraph {
  return { outputs, nodes: nodes.flatMap(rounded) };
}

function rounded(node: GraphNode): GraphNode[] {
  const { name, op, input, attr } = node;
  if (op === 'Cast' && isLow(attr['DstT'])) return roundingOf(input[0] as string, name);
  if (op === 'Cast' && isLow(attr['SrcT'])) return [{ name, op: 'Identity', input, attr: { T: float32 } }];
  if (!isLow(attr['T'])) return [node];
  const exact = `${name}_exact`;
  return [{ name: exact, op, input, attr: { ...attr, T: float32 } }, ...roundingOf(exact, name)];
}

/** `name` holds `value` as bfloat16 has it, in float32. */
function roundingOf(value: string, name: string): GraphNode[] {
  const low = `${name}_low`;
  return [castNode(low, value, 'float32', 'bfloat16'), castNode(name, low, 'bfloat16', 'float32')];
}

const float32: Attribute = { type: dataTypes.float32 };

function isLow(attribute: Attribute | undefined): boolean {
  return attribute !== undefined && 'type' in attribute && attribute.type === dataTypes.bfloat16;
}
