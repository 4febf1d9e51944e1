import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostClasses } from './lostClasses.js';

const model = (tested: Record<string, number>) => ({
  classes: Object.keys(tested),
  perClass: Object.entries(tested).map(([name, support]) => ({ class: name, support })),
});

test('a class that is not there any more is lost, and so is one without test pictures any more', () => {
  const champion = model({ ants: 5, bees: 5, moths: 5, wasps: 5 });
  assert.deepEqual(lostClasses(champion, model({ ants: 5, bees: 0, wasps: 5 })), {
    gone: ['moths'],
    untested: ['bees'],
    added: [],
  });
});

test('a renamed class is lost; what it may be called now is named', () => {
  assert.deepEqual(lostClasses(model({ ants: 5, bees: 5 }), model({ ants: 5, 'honey bees': 5 })), {
    gone: ['bees'],
    untested: [],
    added: ['honey bees'],
  });
});

test('nothing is lost where classes are added, or were without test pictures before', () => {
  const champion = model({ ants: 5, bees: 0 });
  assert.equal(lostClasses(champion, model({ ants: 5, bees: 0, wasps: 5 })), undefined);
  assert.equal(lostClasses(champion, champion), undefined);
  // A card without a table of its classes says which it knows, and no more.
  assert.equal(lostClasses({ ...champion, perClass: [] }, model({ ants: 0, bees: 0 })), undefined);
});
