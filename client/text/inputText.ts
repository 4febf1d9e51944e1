import type { InputSettings } from '../../contracts/spec/plan.js';

const fits = { crop: 'centre crop', pad: 'the whole picture with a border', squash: 'the whole picture squashed' };

/** How a model takes its pictures: `224 × 224 pixels of 256, bicubic, centre crop`. */
export function inputText({ crop, resize, interpolation, fit, range }: InputSettings): string {
  const values = range === 'auto' ? ', range auto' : '';
  return `${crop} × ${crop} pixels of ${resize}, ${interpolation}, ${fits[fit ?? 'crop']}${values}`;
}
