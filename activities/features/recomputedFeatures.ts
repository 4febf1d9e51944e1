/** Activations at the cut that are stored nowhere: pixels are read from their files, and go through the frozen stages. */
import type { Plan } from '../../contracts/spec/plan.js';
import { dtypeOf } from '../../contracts/spec/computeSpec.js';
import { FoldedNetwork, getBackbone, stageIndex } from '../../learning/backbones/index.js';
import { RecomputedFeatures, RowReader, type RowBlock } from '../../learning/features/index.js';
import { viewsOf } from '../plan/chooseCache.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { backboneParameters } from '../backbone/networkParameters.js';
import { imagesFor, shardsFor, type OpenOptions, type OpenSplit } from './openSplit.js';
import { openPixelShard } from './pixelShards.js';
import type { SplitImages } from '../plan/splitImages.js';

/** @throws GraftworkError GW_WEIGHTS_…, and as `makePixelShard` */
export async function recomputedFeatures(
  dependencies: ActivityDependencies,
  plan: Plan,
  splits: SplitImages,
  { signal, cleanup, opened }: OpenOptions,
): Promise<OpenSplit> {
  const { cut, input, augmentation, spec } = plan;
  if (cut === null) throw new RangeError('the plan fine-tunes nothing');
  const backbone = getBackbone(plan.backbone.name);
  const parameters = await backboneParameters(dependencies, plan.backbone, signal);
  const network = new FoldedNetwork(backbone, parameters, {
    to: stageIndex(backbone, cut) + 1,
    images: viewsOf(plan),
    dtype: dtypeOf(spec),
  });
  cleanup.add(() => network.dispose());
  return async (use) => {
    const shards = shardsFor(use, plan);
    const [first] = shards;
    if (first === undefined) return null;
    const blocks: RowBlock[] = [];
    for (const { shard, start } of shards) {
      const { file, pixels } = await openPixelShard(dependencies, plan, { ...shard, key: shard.pixels }, signal);
      cleanup.add(() => file.close());
      blocks.push({ first: start, count: shard.count, file, offset: pixels.begin });
      opened();
    }
    return new RecomputedFeatures(new RowReader(input.store * input.store * 3, blocks), {
      ...{ network, cut, input, augmentation },
      seed: spec.seed,
      views: first.shard.views,
      images: imagesFor(use, plan, splits).map(({ sha256 }) => sha256),
    });
  };
}
