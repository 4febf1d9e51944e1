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
    [...parameters, ...furtherClassifier(backbone, parameters)].map(([name, array]): [string, NamedArray] => {
      const dot = name.lastIndexOf('.');
      const layer = name.slice(0, dot);
      const part = name.slice(dot);
      const window = part === '.weight' ? windows[layer] : undefined;
      return [(names.get(layer) ?? layer) + part, window === undefined ? array : asConvolution(array, window)];
    }),
  );
}

/** Of a network that averages two heads, the second one: one head on the mean of their features is the same as that head twice. */
function furtherClassifier(
  { classifierName, furtherClassifier: further }: Backbone,
  parameters: NamedArrays,
): [string, NamedArray][] {
  if (further === undefined || parameters.has(`${further}.weight`)) return [];
  return ['weight', 'bias'].flatMap((part): [string, NamedArray][] => {
    const array = parameters.get(`${classifierName}.${part}`);
    return array === undefined ? [] : [[`${further}.${part}`, array]];
  });
}

/** [out, in·height·width], in the order torch flattens, as [out, in, height, width]. */
function asConvolution({ shape: [out = 0, inputs = 0], data }: NamedArray, side: number): NamedArray {
  return { shape: [out, inputs / side ** 2, side, side], data };
}
