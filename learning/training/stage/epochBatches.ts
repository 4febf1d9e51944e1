/** The batches of a stage. Order, views and mixing are functions of seed and position, so a resumed stage sees the same ones. */
import { unmixed } from '../../../contracts/spec/stages/augmentationSpec.js';
import { drawMixing, type Mixing } from '../../augmentation/mixing.js';
import { permutation, randomBits } from '../../random.js';
import { batchStart, stepsPerEpoch } from '../../schedules/batches.js';
import { balancedOrder } from '../step/balancing.js';

import type { StageInput, TrainingState } from './stageInput.js';

export interface Batch {
  /** Rows of the training split. */
  readonly indices: Int32Array;
  /** The view of each. */
  readonly views: Int32Array;
  /** null: nothing is mixed. */
  readonly mixing: Mixing | null;
}

export class EpochBatches {
  readonly stepsPerEpoch: number;
  /** Of the whole stage. */
  readonly totalSteps: number;

  constructor(private readonly input: Pick<StageInput, 'stage' | 'train' | 'seed' | 'mixing'>) {
    const { training } = input.stage;
    this.stepsPerEpoch = stepsPerEpoch(input.train.features.count, training);
    this.totalSteps = training.epochs * this.stepsPerEpoch;
  }

  /** The batches of an epoch from a step on. Each is read ahead while the one before it is computed. */
  *from({ epoch, step }: TrainingState['position']): Generator<Batch> {
    const { stage, train, seed, mixing = unmixed } = this.input;
    const isBalanced = stage.training.imbalance === 'balanced-sampling';
    const order = isBalanced
      ? balancedOrder(train.labels, seed, stage.name, 'order', epoch)
      : permutation(train.features.count, seed, stage.name, 'order', epoch);
    let next = this.read(order, epoch, step);
    for (let at = step; at < this.stepsPerEpoch; at += 1) {
      const batch = next;
      next = this.read(order, epoch, at + 1);
      yield { ...batch, mixing: drawMixing(mixing, train.features.shape, seed, stage.name, epoch, at) };
    }
  }

  /** A step's images; none behind the epoch's end. */
  private read(order: Int32Array, epoch: number, step: number): Pick<Batch, 'indices' | 'views'> {
    const { stage, train, seed } = this.input;
    const { features } = train;
    const start = (at: number): number => batchStart(at, features.count, stage.training);
    const indices = order.subarray(start(step), start(step + 1));
    // Each image goes through its views in turn, from a random one on: all are seen equally often.
    const views = indices.map((image) => (randomBits(seed, stage.name, 'view', image) + epoch) % features.views);
    features.prefetch?.(indices, views);
    return { indices, views };
  }
}
