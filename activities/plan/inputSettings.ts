import type { InputSettings } from '../../contracts/spec/plan.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { InputSpec } from '../../learning/backbones/architecture.js';

/**
 * The source's own preprocessing, where the spec does not say otherwise. The stored square is what views are cut from. What is
 * usual is left out of the result: keys are made of it.
 */
export function inputSettings(source: InputSpec, preprocess: RunSpec['preprocess']): InputSettings {
  const { size, interpolation, mean, std } = source;
  const crop = preprocess.crop ?? size;
  const fit = preprocess.fit ?? source.fit ?? 'crop';
  const range = preprocess.range ?? source.range ?? 'format';
  const resize = Math.max(crop, preprocess.resize ?? usualResize(source, crop, fit));
  return {
    resize,
    crop,
    interpolation: preprocess.interpolation ?? interpolation,
    store: resize,
    mean: [...mean],
    std: [...std],
    ...(fit === 'crop' ? {} : { fit }),
    ...(fit === 'pad' ? { fill: colour(mean) } : {}),
    ...(range === 'auto' ? { range } : {}),
  };
}

function usualResize({ size, resize, fit: usualFit }: InputSpec, crop: number, fit: string): number {
  // Who wants to see the whole picture wants to see its edge too.
  if (fit !== 'crop' && fit !== usualFit) return crop;
  // Another crop keeps the usual proportion of crop and resize.
  return crop === size ? resize : Math.round((crop * resize) / size);
}

/** The network's mean, which is 0 in its input, as a colour: what timm fills borders with. */
function colour(mean: InputSpec['mean']): [number, number, number] {
  const [red, green, blue] = mean.map((share) => Math.round(share * 255)) as [number, number, number];
  return [red, green, blue];
}
