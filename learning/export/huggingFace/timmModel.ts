/** Networks and their parameters as timm (pytorch-image-models) has them. */
import { GraftworkError } from '../../../contracts/errors.js';
import type { Backbone, NamedArray, NamedArrays, TimmNetwork } from '../../backbones/architecture.js';

/** @throws GW_EXPORT_UNSUPPORTED for a network that timm does not have */
export function timmNetwork({ name, timm }: Backbone): TimmNetwork {
  if (typeof timm !== 'string') return timm;
  throw new GraftworkError('GW_EXPORT_UNSUPPORTED', `${name} cannot be exported for timm: ${timm}.`, {
    remedy: 'Export it as onnx or safetensors.',
  });
}

/** The model's parameters under timm's names, in timm's shapes. */
export function timmParameters(backbone: Backbone, parameters: NamedArrays): NamedArrays {
  const { names, windows } = timmNetwork(backbone);
  return new Map(
    [...parameters].map(([name, array]): [string, NamedArray] => {
      const dot = name.lastIndexOf('.');
      const layer = name.slice(0, dot);
      const part = name.slice(dot);
      const window = part === '.weight' ? windows[layer] : undefined;
      return [(names.get(layer) ?? layer) + part, window === undefined ? array : asConvolution(array, window)];
    }),
  );
}

/** [out, in·height·width], in the order torch flattens, as [out, in, height, width]. */
function asConvolution({ shape: [out = 0, inputs = 0], data }: NamedArray, side: number): NamedArray {
  return { shape: [out, inputs / side ** 2, side, side], data };
}
