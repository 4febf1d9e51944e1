/**
 * What happens to the pixels of a view once they are cut out: one entry for each setting in `contracts/spec/stages/augmentationSpec.ts` that
 * the cut does not use. One more is one more entry. Effects of the same kind follow each other in the order of the table.
 */
import type { ViewSettings } from '../../contracts/spec/stages/augmentationSpec.js';
import type { Tensor4D } from '../tensorflow.js';
import { drawJitter, jitter } from './colorJitter.js';
import { drawErased, erase } from './erasing.js';
import { applyOperations } from './operations.js';
import { drawOperations } from './randAugment.js';
import type { CutSettings } from './viewCut.js';

type EffectName = Exclude<keyof ViewSettings, keyof CutSettings>;

/** On the bytes of one view (row-major RGB), before colours. */
interface ByteEffect<Drawn> {
  readonly on: 'bytes';
  /** @returns as many bytes; those given stay as they are */
  apply(pixels: Uint8Array, drawn: Drawn, side: number): Uint8Array;
}

/** On values 0…255 of consecutive views that all have it. */
interface ColourEffect<Drawn> {
  readonly on: 'colours';
  apply(images: Tensor4D, drawn: readonly Drawn[]): Tensor4D;
}

/** On the normalised input of a whole batch. Views without it have to keep every bit. */
interface InputEffect<Drawn> {
  readonly on: 'input';
  apply(images: Tensor4D, drawn: readonly (Drawn | null)[]): Tensor4D;
}

type ViewEffect<Setting, Drawn> = (ByteEffect<Drawn> | ColourEffect<Drawn> | InputEffect<Drawn>) & {
  /**
   * A pure function of setting and key. Random numbers have names of their own, so that switching it on changes nothing of
   * what others draw.
   * @param key of the view
   * @returns null for a view without the effect
   */
  draw(setting: Setting, key: number): Drawn | null;
};

/** Ties what an effect draws to what it applies. */
function effect<Setting, Drawn>(entry: ViewEffect<Setting, Drawn>): ViewEffect<Setting, Drawn> {
  return entry;
}

const effects = {
  randAugment: effect({ draw: drawOperations, on: 'bytes', apply: applyOperations }),
  colorJitter: effect({ draw: drawJitter, on: 'colours', apply: jitter }),
  erasing: effect({ draw: drawErased, on: 'input', apply: erase }),
} satisfies { [Name in EffectName]: ViewEffect<ViewSettings[Name], unknown> };

/** What each effect drew for a view, by the name of its setting. */
export type ViewEffects = { readonly [Name in keyof typeof effects]: ReturnType<(typeof effects)[Name]['draw']> };

const entries = Object.entries(effects) as [EffectName, ViewEffect<unknown, unknown>][];

/** Of the plain centre crop. */
export const noEffects = Object.fromEntries(entries.map(([name]) => [name, null])) as ViewEffects;

/** The effects of one view. @param key of the view */
export function drawEffects(settings: Pick<ViewSettings, EffectName>, key: number): ViewEffects {
  return Object.fromEntries(entries.map(([name, entry]) => [name, entry.draw(settings[name], key)])) as ViewEffects;
}

/** Names of a view's effects of one kind. */
export function effectsOn(kind: 'bytes' | 'colours', view: ViewEffects): EffectName[] {
  return entries.filter(([name, { on }]) => on === kind && view[name] !== null).map(([name]) => name);
}

/** @param pixels bytes of the view's square, row-major RGB; they are left as they are */
export function changeBytes(pixels: Uint8Array, view: ViewEffects, side: number): Uint8Array {
  let result = pixels;
  for (const [name, entry] of entries) {
    const drawn = view[name];
    if (entry.on === 'bytes' && drawn !== null) result = entry.apply(result, drawn, side);
  }
  return result;
}

/** @param images values 0…255 of the views, all of which have the same effects on colours */
export function changeColours(images: Tensor4D, views: readonly ViewEffects[]): Tensor4D {
  let result = images;
  for (const [name, entry] of entries) {
    const drawn = views.map((view) => view[name]);
    if (entry.on === 'colours' && !drawn.includes(null)) result = entry.apply(result, drawn);
  }
  return result;
}

/** @param images normalised input of the views */
export function changeInput(images: Tensor4D, views: readonly ViewEffects[]): Tensor4D {
  let result = images;
  for (const [name, entry] of entries) {
    const drawn = views.map((view) => view[name]);
    if (entry.on === 'input' && drawn.some((one) => one !== null)) result = entry.apply(result, drawn);
  }
  return result;
}
