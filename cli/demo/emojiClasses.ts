/**
 * The demo's picture set: twelve classes out of an emoji font's own catalogue (`emoji.json` of the npm packages
 * `emoji-datasource-*`), drawn once by Google and once by Twitter: the same classes in two hands, a real domain shift.
 */
import { z } from 'zod';

/** Unicode subcategories behind each class. */
export const emojiClasses = {
  bird: ['animal-bird'],
  bug: ['animal-bug'],
  building: ['place-building'],
  clothing: ['clothing'],
  face: [
    'face-smiling',
    'face-affection',
    'face-tongue',
    'face-hand',
    'face-neutral-skeptical',
    'face-sleepy',
    'face-unwell',
    'face-hat',
    'face-glasses',
    'face-concerned',
  ],
  flag: ['country-flag'],
  'fruit-vegetable': ['food-fruit', 'food-vegetable'],
  mammal: ['animal-mammal'],
  marine: ['animal-marine'],
  meal: ['food-prepared', 'food-asian'],
  plant: ['plant-flower', 'plant-other'],
  vehicle: ['transport-ground'],
} as const satisfies Record<string, readonly string[]>;

/** Largest number of pictures of one class, so that flags and mammals do not outweigh the rest. */
export const mostPerClass = 60;

/** The fields of a catalogue entry that are used; skin tones stand under `skin_variations`, which is not read. */
const entrySchema = z.object({
  short_name: z.string().regex(/^[a-z0-9_+-]+$/i),
  image: z.string().regex(/^[0-9a-f-]+\.png$/),
  subcategory: z.string(),
  obsoleted_by: z.string().optional(),
  has_img_google: z.boolean(),
  has_img_twitter: z.boolean(),
});
export const emojiCatalogueSchema = z.array(entrySchema);
export type EmojiEntry = z.infer<typeof entrySchema>;

export interface ChosenEmoji {
  class: string;
  /** File name of the drawing inside a vendor's package. */
  image: string;
  /** File name in the picture set: the emoji's own short name, e.g. `dog.png`. */
  file: string;
}

/** The pictures of the set, in catalogue order within each class. Only emoji that both vendors drew are taken. */
export function chooseEmoji(catalogue: readonly EmojiEntry[]): ChosenEmoji[] {
  const usable = catalogue.filter(
    (entry) => entry.obsoleted_by === undefined && entry.has_img_google && entry.has_img_twitter,
  );
  return Object.entries(emojiClasses).flatMap(([name, subcategories]: [string, readonly string[]]) =>
    usable
      .filter((entry) => subcategories.includes(entry.subcategory))
      .slice(0, mostPerClass)
      .map((entry) => ({ class: name, image: entry.image, file: `${entry.short_name}.png` })),
  );
}
