import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEmoji, mostPerClass } from './emojiClasses.js';
import type { EmojiEntry } from './emojiClasses.js';

function entry(name: string, overrides: Partial<EmojiEntry> = {}): EmojiEntry {
  return {
    short_name: name,
    image: '1f436.png',
    subcategory: 'animal-mammal',
    has_img_google: true,
    has_img_twitter: true,
    ...overrides,
  };
}

test('an emoji is put into the class of its subcategory, under its short name', () => {
  assert.deepEqual(chooseEmoji([entry('dog'), entry('tulip', { subcategory: 'plant-flower', image: '1f337.png' })]), [
    { class: 'mammal', image: '1f436.png', file: 'dog.png' },
    { class: 'plant', image: '1f337.png', file: 'tulip.png' },
  ]);
});

test('obsolete emoji, other subcategories and pictures that one vendor lacks are left out', () => {
  const left = [
    entry('old', { obsoleted_by: '1F436' }),
    entry('clock', { subcategory: 'time' }),
    entry('only-google', { has_img_twitter: false }),
    entry('only-twitter', { has_img_google: false }),
  ];
  assert.deepEqual(chooseEmoji(left), []);
});

test('no class has more than its share', () => {
  const many = Array.from({ length: mostPerClass + 5 }, (_, index) => entry(`animal_${index}`));
  assert.equal(chooseEmoji(many).length, mostPerClass);
});
