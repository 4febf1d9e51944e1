import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { modelForTests } from '../../../test/exports/modelForTests.js';
import { getBackbone } from '../../backbones/index.js';
import { ExportedNetwork } from '../exportedNetwork.js';
import { faultOfOnnx } from './checkOnnx.js';
import { onnxModel, operatorSet } from './onnxModel.js';
import { decodeOnnx, encodeOnnx, type OnnxModel } from './schema.js';

let bytes: Uint8Array;

before(() => {
  const { arrays } = modelForTests('squeezenet1_1', 64);
  const network = new ExportedNetwork(getBackbone('squeezenet1_1'), arrays, 64);
  bytes = onnxModel(network, { producerVersion: '1', name: 'insects', metadata: { labels: '["ant"]' } });
});

test('any number of pictures goes in, logits come out, and what the file says of itself is kept', () => {
  const { graph, opset_import, metadata_props } = decodeOnnx(bytes);
  assert.deepEqual(graph.input.map(shapeOf), [['pixels', 'batch', 3, 64, 64]]);
  assert.deepEqual(graph.output.map(shapeOf), [['logits', 'batch', 5]]);
  assert.deepEqual(
    opset_import.map(({ version }) => version),
    [operatorSet],
  );
  assert.deepEqual(metadata_props, [{ key: 'labels', value: '["ant"]' }]);
});

function shapeOf({ name, type }: OnnxModel['graph']['input'][number]): (string | number)[] {
  return [name, ...type.tensor_type.shape.dim.map((one) => ('dim_param' in one ? one.dim_param : one.dim_value))];
}

test('a file that is whole has no fault; one that is not is told apart', () => {
  assert.equal(faultOfOnnx(bytes), undefined);
  assert.match(faultOfOnnx(bytes.subarray(0, bytes.length - 1000)) ?? '', /does not decode|is never computed|needs/);
  const changed = (change: (graph: OnnxModel['graph']) => void): string => {
    const model = decodeOnnx(bytes);
    change(model.graph);
    return faultOfOnnx(encodeOnnx(model)) ?? '';
  };
  assert.match(
    changed(({ node }) => node.splice(3, 1)),
    /which nothing before it makes/,
  );
  assert.match(
    changed(({ node }) => node.pop()),
    /'logits' is never computed/,
  );
  assert.match(
    changed(({ node }) => node.push(node[2]!)),
    /made twice/,
  );
  assert.match(
    changed(({ initializer }) => (initializer[0]!.raw_data = new Uint8Array(8))),
    /'features\.0\.weight' has 8 bytes, not/,
  );
});
