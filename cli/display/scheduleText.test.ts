import assert from 'node:assert/strict';
import { test } from 'node:test';
import { triggeredText } from './scheduleText.js';

test('of a tick that was asked for only what is known is said', () => {
  assert.match(triggeredText('birds', { workflow: 'tick', waitsFor: null }), /tick has started/);
  assert.match(triggeredText('birds', { workflow: null, waitsFor: 'other' }), /starts when other has ended/);
  const unnamed = triggeredText('birds', { workflow: null, waitsFor: null });
  assert.match(unnamed, /not yet named the tick/);
  assert.doesNotMatch(unnamed, /ended|starts when/);
});
