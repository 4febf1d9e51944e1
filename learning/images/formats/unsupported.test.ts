import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpecSchema } from '../../../contracts/spec/runSpec.js';
import { readsHeic } from './decoder.js';
import { inspectImage } from '../inspectImage.js';

const limits = runSpecSchema.shape.dataset.shape.quarantine.parse({});

/** Three grey frames of 24×16 pixels, and one of them, drawn for this test. */
const animatedAvif = Buffer.from(
  [
    'AAAALGZ0eXBhdmlzAAAAAGF2aWZhdmlzbXNmMWlzbzhtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAA',
    'AAAAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAPpAAAAIQAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2',
    'MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAGAAAABAAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2',
    'x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAACym1vb3YAAAB4bXZoZAEAAAAAAAAA5zGrKgAAAADnMasqAAAD6P//////////AAEA',
    'AAEAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAJKdH',
    'JhawAAAGh0a2hkAQAAAQAAAADnMasqAAAAAOcxqyoAAAABAAAAAP//////////AAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAQAA',
    'AAAAAAAAAAAAAAAAQAAAAAAYAAAAEAAAAAAALGVkdHMAAAAkZWxzdAEAAAEAAAABAAAAAAAAASwAAAAAAAAAAAABAAAAAAGubWRpYQAAACxtZG',
    'hkAQAAAAAAAADnMasqAAAAAOcxqyoAAAPoAAAAAAAAASxVxAAAAAAAIWhkbHIAAAAAAAAAAHBpY3QAAAAAAAAAAAAAAAAAAAABWW1pbmYAAAAU',
    'dm1oZAAAAAEAAAAAAAAAAAAAACRkaW5mAAAAHGRyZWYAAAAAAAAAAQAAAAx1cmwgAAAAAQAAARlzdGJsAAAAlXN0c2QAAAAAAAAAAQAAAIVhdj',
    'AxAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAABgAEABIAAAASAAAAAAAAAABCkFPTSBDb2RpbmcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGP//AAAA',
    'DGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABBjY3N0AAAAAHwAAAAAAAAYc3R0cwAAAAAAAAABAAAAAwAAAGQAAAAcc3RzYwAAAAAAAA',
    'ABAAAAAQAAAAMAAAABAAAAIHN0c3oAAAAAAAAAAAAAAAMAAAAhAAAAGQAAABwAAAAUc3RjbwAAAAAAAAABAAAD6QAAABRzdHNzAAAAAAAAAAEA',
    'AAABAAAAXm1kYXQSAAoNAAAAAh382vkQENBoQDIOEADYAAACgAAAET+cZoASADIVMAPAgAAAO2AAAAoAAIAAtPmd/mQ6EgAyGDAFwQQAAAbYAA',
    'ACgAAgALwY3orUOUwSwA==',
  ].join(''),
  'base64',
);
const stillHeic = Buffer.from(
  [
    'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA',
    'AAAERAAAEAAQAAAAABoAABAAAAAAAAACIAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAA',
    'AADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkA',
    'AAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAA',
    'AChjbGFwAAAAGAAAAAEAAAAQAAAAAf///9gAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAKm',
    '1kYXQAAAAeKAGvGSElDu4j81/435wWQoCnp+TJ4Jn+MpeOhyCY',
  ].join(''),
  'base64',
);

/** An uncompressed TIFF of 16×16 pixels. */
function tiff(channels: number, bits: number, numbers: number): Buffer {
  const side = 16;
  const data = Buffer.alloc((side * side * channels * bits) / 8, 60);
  const entries: [tag: number, value: number][] = [
    [256, side],
    [257, side],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, channels],
    [278, side],
    [279, data.length],
    [339, numbers],
  ];
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, value], index) => {
    const at = 2 + index * 12;
    const isLong = tag === 273 || tag === 279;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(isLong ? 4 : 3, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(8 + data.length, 4);
  return Buffer.concat([head, data, directory]);
}

async function verdict(bytes: Uint8Array): Promise<string> {
  const found = await inspectImage(bytes, limits);
  return found.usable ? 'usable' : `${found.reason}: ${found.detail}`;
}

test('a sound animated AVIF is not supported, and a cut one is truncated', async () => {
  assert.match(await verdict(animatedAvif), /^format-not-accepted: an animated AVIF file/);
  assert.match(await verdict(animatedAvif.subarray(0, 900)), /^truncated/);
});

test('a TIFF of five channels, of complex numbers or of 64 bits is not supported', async () => {
  assert.equal(await verdict(tiff(1, 8, 1)), 'usable');
  assert.match(await verdict(tiff(5, 8, 1)), /^format-not-accepted: a TIFF file of 5 channels/);
  assert.match(await verdict(tiff(6, 8, 1)), /^format-not-accepted: a TIFF file of 6 channels/);
  assert.match(await verdict(tiff(1, 64, 6)), /^format-not-accepted: a TIFF file of complex numbers/);
  assert.match(await verdict(tiff(1, 64, 3)), /^format-not-accepted: a TIFF file of 64-bit numbers/);
});

test('a TIFF whose directory leads nowhere is damaged', async () => {
  const broken = tiff(1, 8, 1);
  broken.writeUInt32LE(broken.length - 20, 4);
  assert.match(await verdict(broken), /^(?:corrupt|truncated)/);
});

test('a HEIC is read where libvips can; elsewhere the reason names the conversion', async () => {
  const found = await verdict(stillHeic);
  if (readsHeic) assert.equal(found, 'usable');
  else assert.match(found, /^format-not-accepted: a HEIC file: convert it to JPEG or PNG first \(heif-convert/);
});
