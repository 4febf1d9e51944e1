/**
 * ONNX's protobuf messages (onnx/onnx.proto3 of the specification), as far as a graph of float tensors with constant weights
 * needs them; fields that are not written are left out.
 */
import protobuf from 'protobufjs';

const schema = `
syntax = "proto3";
message Attribute {
  string name = 1; float f = 2; int64 i = 3; repeated int64 ints = 8; int32 type = 20;
}
message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Type { TensorType tensor_type = 1; }
message Value { string name = 1; Type type = 2; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Entry { string key = 1; string value = 2; }
message Model {
  int64 ir_version = 1; string producer_name = 2; string producer_version = 3; string doc_string = 6; Graph graph = 7;
  repeated OperatorSet opset_import = 8; repeated Entry metadata_props = 14;
}
`;

const Model = protobuf.parse(schema, { keepCase: true }).root.lookupType('Model');

/** ONNX's `TensorProto.DataType` numbers. */
export const dataTypes = { float32: 1, int64: 7 } as const;

/** ONNX's `AttributeProto.AttributeType` numbers. */
const attributeTypes = { f: 1, i: 2, ints: 7 } as const;

export interface OnnxAttribute {
  name: string;
  type: number;
  f?: number;
  i?: number;
  ints?: readonly number[];
}

export interface OnnxNode {
  name: string;
  op_type: string;
  input: readonly string[];
  output: readonly string[];
  attribute: readonly OnnxAttribute[];
}

export interface OnnxTensor {
  name: string;
  dims: readonly number[];
  data_type: number;
  /** Little-endian. */
  raw_data: Uint8Array;
}

export interface OnnxValue {
  name: string;
  type: { tensor_type: { elem_type: number; shape: { dim: ({ dim_value: number } | { dim_param: string })[] } } };
}

export interface OnnxModel {
  ir_version: number;
  producer_name: string;
  producer_version: string;
  doc_string: string;
  graph: { name: string; node: OnnxNode[]; initializer: OnnxTensor[]; input: OnnxValue[]; output: OnnxValue[] };
  opset_import: { domain: string; version: number }[];
  metadata_props: { key: string; value: string }[];
}

/** An operation's attributes from plain values: lists are integers, `{ f }` is a float, a number is an integer. */
export function attributes(values: Record<string, number | readonly number[] | { f: number }>): OnnxAttribute[] {
  return Object.entries(values).map(([name, value]) => {
    if (typeof value === 'number') return { name, type: attributeTypes.i, i: value };
    if ('f' in value) return { name, type: attributeTypes.f, f: value.f };
    return { name, type: attributeTypes.ints, ints: value };
  });
}

/** A float tensor with a name; `null`: any number of examples. */
export function floatValue(name: string, shape: readonly (number | null)[]): OnnxValue {
  const dim = shape.map((size) => (size === null ? { dim_param: 'batch' } : { dim_value: size }));
  return { name, type: { tensor_type: { elem_type: dataTypes.float32, shape: { dim } } } };
}

export function encodeOnnx(model: OnnxModel): Uint8Array {
  return Model.encode(model).finish();
}

/** @throws Error when the bytes are no message of that schema */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  return Model.toObject(Model.decode(bytes), { longs: Number, arrays: true, defaults: true }) as OnnxModel;
}
