import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withLowPrecision } from './lowPrecision.js';
import { dataTypes, type Attribute, type GraphNode } from './savedModel.js';

const node = (name: string, op: string, ...input: string[]): GraphNode => ({
  ...{ name, op, input },
  attr: op === 'Placeholder' || op === 'Const' ? {} : { T: { type: dataTypes.float32 } },
});

/** A node as text: `y = Relu/low(x)`. */
const textOf = ({ name, op, input, attr }: GraphNode): string => {
  const type = (attr['T'] as Extract<Attribute, { type: number }> | undefined)?.type;
  return `${name} = ${op}${type === dataTypes.bfloat16 ? '/low' : ''}(${input.join()})`;
};

const lowered = (nodes: readonly GraphNode[], ...outputs: string[]): string[] => {
  const graph = withLowPrecision({ nodes, outputs });
  return [...graph.nodes.map(textOf), `-> ${graph.outputs.join()}`];
};

const block = [
  node('x', 'Placeholder'),
  node('w', 'Const'),
  node('b', 'Const'),
  node('c', 'Conv2D', 'x', 'w'),
  node('d', 'BiasAdd', 'c', 'b'),
  node('r', 'Relu', 'd'),
];

test('a dense convolution is low, and so is what follows it; its inputs and the output of the graph are cast', () => {
  assert.deepEqual(lowered(block, 'r'), [
    'x = Placeholder()',
    'w = Const()',
    'b = Const()',
    'x_as_bfloat16 = Cast(x)',
    'w_as_bfloat16 = Cast(w)',
    'c = Conv2D/low(x_as_bfloat16,w_as_bfloat16)',
    'b_as_bfloat16 = Cast(b)',
    'd = BiasAdd/low(c,b_as_bfloat16)',
    'r = Relu/low(d)',
    'r_as_float32 = Cast(r)',
    '-> r_as_float32',
  ]);
});

const withDepthwise = [
  ...block,
  node('k', 'Const'),
  node('e', 'DepthwiseConv2dNative', 'r', 'k'),
  node('s', 'AddV2', 'e', 'r'),
];

test('in inference a depthwise convolution is low after a low one', () => {
  assert.deepEqual(lowered(withDepthwise, 's').slice(9), [
    'k = Const()',
    'k_as_bfloat16 = Cast(k)',
    'e = DepthwiseConv2dNative/low(r,k_as_bfloat16)',
    's = AddV2/low(e,r)',
    's_as_float32 = Cast(s)',
    '-> s_as_float32',
  ]);
});

test('beside gradients a depthwise convolution is float32, and what mixes it with low tensors; each tensor is cast once', () => {
  const nodes = [
    ...withDepthwise,
    node('f', 'Conv2D', 's', 'w'),
    node('g', 'Conv2D', 's', 'w'),
    node('m', 'AddN', 'f', 'g'),
    node('dw', 'Conv2DBackpropFilter', 's', 'i', 'm'),
  ];
  assert.deepEqual(lowered(nodes, 's', 'm').slice(9), [
    'k = Const()',
    'r_as_float32 = Cast(r)',
    'e = DepthwiseConv2dNative(r_as_float32,k)',
    's = AddV2(e,r_as_float32)',
    's_as_bfloat16 = Cast(s)',
    'f = Conv2D/low(s_as_bfloat16,w_as_bfloat16)',
    'g = Conv2D/low(s_as_bfloat16,w_as_bfloat16)',
    'm = AddN/low(f,g)',
    'dw = Conv2DBackpropFilter/low(s_as_bfloat16,i,m)',
    'm_as_float32 = Cast(m)',
    '-> s,m_as_float32',
  ]);
});

test('gradients of a convolution are low, but sizes, margins and axes stay integers', () => {
  const nodes = [
    ...block,
    node('i', 'Const'),
    node('p', 'Pad', 'r', 'i'),
    node('y', 'Placeholder'),
    node('g', 'ReluGrad', 'y', 'r'),
    node('dx', 'Conv2DBackpropInput', 'i', 'w', 'g'),
    node('dw', 'Conv2DBackpropFilter', 'p', 'i', 'g'),
    node('t', 'Slice', 'dx', 'i', 'i'),
    node('j', 'ConcatV2', 't', 'dx', 'i'),
    node('q', 'Reshape', 'dw', 'i'),
  ];
  assert.deepEqual(lowered(nodes, 'j', 'q').slice(9), [
    'i = Const()',
    'p = Pad/low(r,i)',
    'y = Placeholder()',
    'r_as_float32 = Cast(r)',
    'g = ReluGrad(y,r_as_float32)',
    'g_as_bfloat16 = Cast(g)',
    'dx = Conv2DBackpropInput/low(i,w_as_bfloat16,g_as_bfloat16)',
    'dw = Conv2DBackpropFilter/low(p,i,g_as_bfloat16)',
    't = Slice/low(dx,i,i)',
    'j = ConcatV2/low(t,dx,i)',
    'q = Reshape/low(dw,i)',
    'j_as_float32 = Cast(j)',
    'q_as_float32 = Cast(q)',
    '-> j_as_float32,q_as_float32',
  ]);
});

test('a graph without dense convolutions stays as it is', () => {
  const nodes = [
    node('x', 'Placeholder'),
    node('s', 'SplitV', 'x'),
    node('a', 'AddV2', 's', 's:1'),
    // The head's.
    { ...node('m', 'BatchMatMulV2', 'a', 'x'), rank: 2 },
  ];
  assert.deepEqual(withLowPrecision({ nodes, outputs: ['m'] }), { nodes, outputs: ['m'] });
});

const half: GraphNode = {
  ...node('half', 'Const'),
  attr: {
    value: { tensor: { dtype: dataTypes.float32, tensor_shape: { dim: [] }, tensor_content: new Uint8Array(4) } },
  },
};

test('products of linear layers and of attention are low with the activation behind them; softmax and residual sums are not', () => {
  const nodes = [
    node('x', 'Placeholder'),
    node('w', 'Const'),
    half,
    node('p', 'MatMul', 'x', 'w'),
    node('g', 'Mul', 'p', 'half'),
    node('e', 'Erf', 'g'),
    node('u', 'Unpack', 'e'),
    { ...node('s', 'BatchMatMulV2', 'u', 'u:1'), rank: 4 },
    node('q', 'Softmax', 's'),
    node('r', 'AddV2', 'x', 'p'),
  ];
  assert.deepEqual(lowered(nodes, 'q', 'r').slice(3), [
    'x_as_bfloat16 = Cast(x)',
    'w_as_bfloat16 = Cast(w)',
    'p = MatMul/low(x_as_bfloat16,w_as_bfloat16)',
    'half_as_bfloat16 = Cast(half)',
    'g = Mul/low(p,half_as_bfloat16)',
    'e = Erf/low(g)',
    'u = Unpack/low(e)',
    's = BatchMatMulV2/low(u,u:1)',
    's_as_float32 = Cast(s)',
    'q = Softmax(s_as_float32)',
    'p_as_float32 = Cast(p)',
    'r = AddV2(x,p_as_float32)',
    '-> q,r',
  ]);
});
