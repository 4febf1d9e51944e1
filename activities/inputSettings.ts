import type { InputSettings } from '../contracts/plan.js';
import type { RunSpec } from '../contracts/runSpec.js';
import type { InputSpec } from '../learning/backbones/architecture.js';

/** The source's own preprocessing, where the spec does not say otherwise. The stored square is what views are cut from. */
export function inputSettings(
  { size, resize: usual, interpolation, mean, std }: InputSpec,
  preprocess: RunSpec['preprocess'],
): InputSettings {
  const crop = preprocess.crop ?? size;
  // Another crop keeps the usual proportion of crop and resize.
  const resize = Math.max(crop, preprocess.resize ?? (crop === size ? usual : Math.round((crop * usual) / size)));
  return {
    resize,
    crop,
    interpolation: preprocess.interpolation ?? interpolation,
    store: resize,
    mean: [...mean],
    std: [...std],
  };
}
