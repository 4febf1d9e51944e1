import { readSafetensors } from '../../arrays/safetensors.js';
import type { NamedArrays } from '../../backbones/architecture.js';

/** Where torch's tools look for a model's parameters. */
export const parametersFile = 'model.safetensors';

/** Every parameter in its shape, and nothing else. The layout itself is checked by reading. */
export function faultOfSafetensors(bytes: Buffer, parameters: NamedArrays): string | undefined {
  const { tensors } = readSafetensors(bytes, { name: parametersFile });
  const wrong = [...parameters].find(([name, { shape }]) => tensors.get(name)?.shape.join() !== shape.join());
  if (wrong !== undefined) return `'${wrong[0]}' is not in ${parametersFile} in its shape`;
  return tensors.size === parameters.size ? undefined : `${parametersFile} has tensors of no layer`;
}
