/** A training state as a checkpoint: facts for the manifest, tensors for the data object. */
import { checkpointFactsSchema, type Checkpoint, type CheckpointFacts } from '../../contracts/spec/stages/training.js';
import type { NamedArray, NamedArrays } from '../../learning/backbones/index.js';
import type { BestEpoch, TrainingState } from '../../learning/training/index.js';
import { asFloat32, readSafetensors, writeSafetensors } from '../../learning/arrays/safetensors.js';

const prefixes = { parameters: 'parameter/', optimizer: 'optimizer/', best: 'best/' } as const;

function* prefixed(prefix: string, arrays: NamedArrays): Generator<[string, NamedArray]> {
  for (const [name, array] of arrays) yield [prefix + name, array];
}

/**
 * The facts are in the data too, so that a stage survives the loss of its manifest. Best parameters that are the current
 * ones (the very arrays) are not written twice.
 */
export function encodeCheckpoint(state: TrainingState): { facts: CheckpointFacts; data: Uint8Array } {
  const { position, running, epochs, incoming, best, parameters, optimizer, rangeTest, seconds } = state;
  const facts: CheckpointFacts = {
    position,
    running,
    epochs: [...epochs],
    incoming,
    best: best === null ? null : withoutParameters(best),
    ...(rangeTest ? { rangeTest } : {}),
    seconds,
  };
  const tensors = [
    ...prefixed(prefixes.parameters, parameters),
    ...prefixed(prefixes.optimizer, optimizer),
    ...(best === null || isPartOf(best.parameters, parameters) ? [] : prefixed(prefixes.best, best.parameters)),
  ];
  return { facts, data: writeSafetensors(tensors, { facts: JSON.stringify(facts) }) };
}

function withoutParameters({ parameters: _parameters, ...best }: BestEpoch): CheckpointFacts['best'] {
  return best;
}

function isPartOf(some: NamedArrays, all: NamedArrays): boolean {
  return [...some].every(([name, array]) => all.get(name) === array);
}

/** What `encodeCheckpoint` wrote of the facts into the data. @throws GraftworkError GW_CORRUPT */
export function readFacts(data: Uint8Array, name: string): CheckpointFacts | undefined {
  const { facts } = readSafetensors(data, { name }).metadata;
  return facts === undefined ? undefined : checkpointFactsSchema.parse(JSON.parse(facts));
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
  const { position, running, epochs, incoming, best, rangeTest, seconds } = checkpoint;
  const parameters = under(prefixes.parameters);
  const bestParameters = under(prefixes.best);
  return {
    position,
    running,
    epochs,
    incoming,
    best: best === null ? null : { ...best, parameters: bestParameters.size > 0 ? bestParameters : parameters },
    parameters,
    optimizer: under(prefixes.optimizer),
    rangeTest: rangeTest ?? null,
    seconds,
  };
}
