import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { diskRoom, fullness } from './diskRoom.js';

const [MiB, GiB] = [2 ** 20, 2 ** 30];

for (const [free, total, full] of [
  [0, 30 * MiB, 'full'],
  [1.6 * MiB, 30 * MiB, 'full'],
  [15 * MiB, 30 * MiB, 'nearly full'],
  [20 * MiB, 30 * MiB, undefined],
  [2 * GiB, 250 * GiB, 'nearly full'],
  [3 * GiB, 250 * GiB, undefined],
] as const) {
  test(`a disk of ${total / MiB} MiB with ${free / MiB} MiB left is ${full ?? 'not full'}`, () => {
    assert.equal(fullness({ free, total }), full);
  });
}

test('the room of a folder is that of its disk; of no folder nothing is said', async () => {
  const room = await diskRoom(tmpdir());
  assert.ok(room !== undefined && room.free > 0 && room.total > room.free);
  assert.equal(await diskRoom('/no/such/folder'), undefined);
});
