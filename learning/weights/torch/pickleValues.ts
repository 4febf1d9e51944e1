/** What a pickle may hold, and who decides about it. */
import { GraftworkError } from '../../../contracts/errors.js';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Map<PickleValue, PickleValue>
  | PickleValue[]
  | PickleGlobal
  | PickleObject;

/** A name the pickle refers to, e.g. `torch.FloatStorage`; only ever compared, never looked up. */
export class PickleGlobal {
  constructor(readonly path: string) {}
}

/** Something a caller's rule made. */
export class PickleObject {
  constructor(readonly value: object) {}
}

export interface PickleRules {
  /** Globals that may be named, as `module.name`. */
  readonly globals: ReadonlySet<string>;
  /** The result of calling an allowed global. */
  call(path: string, parameters: readonly PickleValue[]): PickleValue;
  /** The object a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
}

export function refusePickle(reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `The weights' pickle is refused: ${reason}.`, {
    remedy: 'If you trust the weights, convert them to safetensors and use that file.',
  });
}
