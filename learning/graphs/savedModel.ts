/**
 * TensorFlow's SavedModel, as far as a graph of operations and constants needs it: the protobuf messages of
 * tensorflow/core/framework (graph.proto, node_def.proto, attr_value.proto, tensor.proto) and core/protobuf
 * (meta_graph.proto, saved_model.proto), fields that are not written left out.
 */
import protobuf from 'protobufjs';

const schema = `
syntax = "proto3";
message Dimension { int64 size = 1; }
message Shape { repeated Dimension dim = 2; }
message Tensor { int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; }
message List { repeated int64 i = 3; }
message Attribute {
  oneof value { List list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7; Tensor tensor = 8; }
}
message Node { string name = 1; string op = 2; repeated string input = 3; map<string, Attribute> attr = 5; }
message Versions { int32 producer = 1; }
message Graph { repeated Node node = 1; Versions versions = 4; }
message MetaInfo { repeated string tags = 4; }
message MetaGraph { MetaInfo meta_info_def = 1; Graph graph_def = 2; }
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraph meta_graphs = 2; }
`;

const SavedModel = protobuf.parse(schema, { keepCase: true }).root.lookupType('SavedModel');

/** TensorFlow's `DataType` numbers. */
export const dataTypes = { float32: 1, float64: 2, int32: 3, bool: 10, bfloat16: 14 } as const;
export type DataType = keyof typeof dataTypes;

/** The GraphDef version of TensorFlow 2.x (`TF_GRAPH_DEF_VERSION`), at which operations mean what they do today. */
const producer = 1882;

interface TensorShape {
  dim: { size: number }[];
}

/** One of an operation's attributes, by the kind of its value. */
export type Attribute =
  | { s: Buffer }
  | { i: number }
  | { f: number }
  | { b: boolean }
  | { type: number }
  | { list: { i: readonly number[] } }
  | { shape: TensorShape }
  | { tensor: { dtype: number; tensor_shape: TensorShape; tensor_content: Uint8Array } };

export interface GraphNode {
  name: string;
  op: string;
  /** Names of nodes, whose first output is taken; `name:index` is another one. */
  input: readonly string[];
  attr: Readonly<Record<string, Attribute>>;
  /** Axes of its first input. Known here only: it is not written. */
  rank?: number;
}

export function tensorShape(shape: readonly number[]): TensorShape {
  return { dim: shape.map((size) => ({ size })) };
}

/** A conversion, rounded to the nearest number of the other type. */
export function castNode(name: string, input: string, from: DataType, to: DataType): GraphNode {
  const attr = { SrcT: { type: dataTypes[from] }, DstT: { type: dataTypes[to] }, Truncate: { b: false } };
  return { name, op: 'Cast', input: [input], attr };
}

/** What a loader asks for. */
export const servingTag = 'serve';

/** The bytes of `saved_model.pb`. @param nodes in an order in which inputs come first */
export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  return SavedModel.encode({
    saved_model_schema_version: 1,
    meta_graphs: [{ meta_info_def: { tags: [servingTag] }, graph_def: { node: nodes, versions: { producer } } }],
  }).finish();
}
