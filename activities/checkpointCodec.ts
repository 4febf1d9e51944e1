/** A training state as a checkpoint: facts for the manifest, tensors for the data object. */
import type { Checkpoint } from '../contracts/training.js';
import type { NamedArray, NamedArrays } from '../learning/backbones/index.js';
import type { TrainingState } from '../learning/training/index.js';
import { asFloat32, readSafetensors, writeSafetensors } from '../learning/weights/safetensors.js';

type Facts = Omit<Checkpoint, 'data' | 'bytes'>;

const prefixes = { parameters: 'parameter/', optimizer: 'optimizer/', best: 'best/' } as const;

function* prefixed(prefix: string, arrays: NamedArrays): Generator<[string, NamedArray]> {
  for (const [name, array] of arrays) yield [prefix + name, array];
}

export function encodeCheckpoint(state: TrainingState): { facts: Facts; data: Uint8Array } {
  const { position, running, epochs, incoming, best, parameters, optimizer, seconds } = state;
  return {
    facts: {
      position,
      running,
      epochs: [...epochs],
      incoming,
      best: best === null ? null : { epoch: best.epoch, top1: best.top1, loss: best.loss },
      seconds,
    },
    data: writeSafetensors([
      ...prefixed(prefixes.parameters, parameters),
      ...prefixed(prefixes.optimizer, optimizer),
      ...(best === null ? [] : prefixed(prefixes.best, best.parameters)),
    ]),
  };
}

/** @throws GraftworkError GW_CORRUPT */
export function decodeCheckpoint(checkpoint: Checkpoint, data: Uint8Array): TrainingState {
  const { tensors } = readSafetensors(data, { name: `checkpoint ${checkpoint.data}` });
  const under = (prefix: string): NamedArrays =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), { shape: tensor.shape, data: asFloat32(tensor) }]),
    );
  const { position, running, epochs, incoming, best, seconds } = checkpoint;
  return {
    position,
    running,
    epochs,
    incoming,
    best: best === null ? null : { ...best, parameters: under(prefixes.best) },
    parameters: under(prefixes.parameters),
    optimizer: under(prefixes.optimizer),
    seconds,
  };
}
