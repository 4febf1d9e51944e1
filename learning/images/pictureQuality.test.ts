import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { pictureQuality, usualLimit } from './pictureQuality.js';

const side = 32;
/** Squares of 4 pixels, black and of one brightness. */
const board = (bright: number): Uint8Array =>
  Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const isBright = (Math.floor((pixel % side) / 4) + Math.floor(pixel / side / 4)) % 2 === 0;
    return isBright ? bright : 0;
  });

test('a blurred picture is less sharp, and a dark one has nothing bright', async () => {
  const sharpness = async (sigma: number): Promise<number> => {
    const raw = { width: side, height: side, channels: 3 as const };
    const blurred = await sharp(board(200), { raw }).blur(sigma).raw().toBuffer();
    return pictureQuality(blurred, side).sharpness;
  };
  const plain = pictureQuality(board(200), side);
  assert.equal(plain.brightness, 200);
  assert.equal(pictureQuality(board(30), side).brightness, 30);
  const [little, much] = [await sharpness(0.6), await sharpness(2)];
  assert.ok(plain.sharpness > little && little > 10 * much, `${plain.sharpness} ${little} ${much}`);
  // By hand: one bright point has the Laplacian −4 there, 1 at its four neighbours and 0 elsewhere.
  const point = new Uint8Array(5 * 5 * 3);
  point.fill(1, 3 * 12, 3 * 13);
  assert.ok(Math.abs(pictureQuality(point, 5).sharpness - 20 / 9) < 1e-6);
});

test('what is usual depends on the set: one that is small or dark as a whole has no such pictures', () => {
  assert.equal(usualLimit.small(Float32Array.from([32, 32, 32]), 224), 16);
  assert.equal(usualLimit.small(Float32Array.from([100, 500, 600]), 224), 112);
  assert.equal(usualLimit.dark(Float32Array.from([40, 50, 60])), 25);
  assert.equal(usualLimit.dark(Float32Array.from([250, 250, 20])), 64);
  assert.equal(usualLimit.blurred(Float32Array.from([900, 800, 3])), 60);
});
