import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostRowsSent } from '../../contracts/spec/stages/epochTable.js';
import type { EpochsSignal } from '../../contracts/run/workflowMessages.js';
import { EpochAnnouncer } from './epochAnnouncer.js';

const month = 30 * 24 * 3600;

function announce(epochs: number, seconds: number): EpochsSignal[] {
  const sent: EpochsSignal[] = [];
  let now = 0;
  const announcer = new EpochAnnouncer(
    'head',
    null,
    (signal) => sent.push(signal),
    0,
    () => now,
  );
  for (let epoch = 1; epoch <= epochs; epoch++) {
    now += 1000 * seconds;
    announcer.add({ epoch, loss: 1 / epoch, validation: { top1: 0.5, loss: 1 }, learningRate: 1e-3, seconds });
  }
  return sent;
}

test('the first epoch is announced at once, and none twice', () => {
  const sent = announce(5, 3);
  assert.deepEqual(
    sent[0]?.epochs.map(({ epoch }) => epoch),
    [1],
  );
  assert.deepEqual(
    sent.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch)),
    [1, 2, 3, 4, 5],
  );
});

test('ten thousand epochs, fast or over a month, make a few hundred small announcements', () => {
  for (const seconds of [0.01, 1, month / 10_000]) {
    const sent = announce(10_000, seconds);
    assert.ok(sent.length >= 2 && sent.length < 260, `${sent.length} announcements of epochs of ${seconds} s`);
    for (const signal of sent) {
      assert.ok(signal.epochs.length <= mostRowsSent);
      assert.ok(JSON.stringify(signal).length < 64 * 1024);
    }
  }
});
