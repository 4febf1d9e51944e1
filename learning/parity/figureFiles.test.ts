import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compareFigures } from './figureFiles.js';

const golden = fileURLToPath(new URL('../../../../shared/data/golden/trust.json', import.meta.url));
const skip = existsSync(golden) ? false : 'the golden file (../shared/data/golden) is not here';

test("calibration, prediction sets and label review give other implementations' figures", { skip }, async () => {
  const compared = await compareFigures(JSON.parse(readFileSync(golden, 'utf8')));
  assert.ok(compared !== undefined && compared.cases.length > 0);
  for (const { name, tensors } of compared.cases) {
    for (const { tensor, worst } of tensors) assert.ok(worst < compared.tolerance, `${tensor} of ${name}: ${worst}`);
  }
});

test('a golden file of networks, and any other, is no file of figures', async () => {
  assert.equal(await compareFigures({ resnet18: { input_size: 64 } }), undefined);
  assert.equal(await compareFigures([{ tag: 'a' }]), undefined);
});
