/** How 0.1.0 drew: kept to make its dataset versions again when something of them is damaged. */
import { createHash } from 'node:crypto';
import type { DrawSettings, Pool } from './draw.js';
import { numbered } from '../columns/sequence.js';

/**
 * Takes the pictures whose hash lies below the share. Where chance has strayed too far, the pictures nearest the threshold make up
 * for it.
 *
 * @returns for each image whether it is drawn: 1, else 0
 */
export function thresholdDraw({ images, among }: Pool, { into, share, seed }: DrawSettings): Uint8Array {
  const isIn = new Uint8Array(images.length);
  const classes = new Map<string, number[]>();
  const at = new Float64Array(images.length);
  for (const [row, { className, sha256 }] of numbered(images)) {
    if (among[row] !== 1) continue;
    at[row] = hashed(`${seed} ${into} ${sha256}`);
    const members = classes.get(className);
    if (members === undefined) classes.set(className, [row]);
    else members.push(row);
  }
  const place = (member: number | undefined): number => at[member ?? -1] ?? 1;
  for (const members of classes.values()) {
    members.sort((a, b) => place(a) - place(b));
    // Where each content begins: copies have one hash and so stand together.
    const begins = Uint32Array.from(
      [...members.keys()].filter((index) => place(members[index]) !== place(members[index - 1])),
    );
    const chance = begins.filter((index) => place(members[index]) < share).length;
    const { least, most } = bounds(begins.length, share, into);
    const count = Math.min(Math.max(chance, least), most);
    for (const member of members.slice(0, begins[count])) isIn[member] = 1;
  }
  return isIn;
}

/** Between half and one and a half times the share; a test image as soon as there are two, and always one left to train. */
function bounds(count: number, share: number, into: DrawSettings['into']): { least: number; most: number } {
  const needed = into === 'test' ? 2 : 4;
  const least = count >= needed ? Math.max(1, Math.floor(count * share * 0.5)) : 0;
  const most = count >= needed ? Math.ceil(count * share * 1.5) : 0;
  return { least: Math.min(least, count - 1), most: Math.min(most, count - 1) };
}

/** Uniform in [0, 1). */
function hashed(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
