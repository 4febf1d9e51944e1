/** The time of a whole review of many pictures, on a stack of its own: the second one, whose pixels and features are there. */
import { StackForTests } from '../../test/stacks/stackForTests.js';
import { sharedData } from '../../test/fixtures/sharedData.js';
import { putCopies, readPhotos } from '../imageFolders/photoCopies.js';

/** Side of the photos, in pixels: the network sees them enlarged, and nothing of a review depends on it. */
const side = 64;

/** Copies of the photos of ants and bees, each with bytes of its own. @returns what was measured, in a line */
export async function secondsOfReview(pictures: number, backbone: string): Promise<string> {
  const stack = await StackForTests.start();
  try {
    const { graftwork } = stack;
    const { store } = graftwork;
    const photos = await readPhotos(sharedData('datasets/hymenoptera'), side);
    await putCopies(store, 'many', photos, [0, pictures]);
    const spec = { backbone, fineTune: [], augmentation: { views: 1 }, refit: false };
    const timed = async (): Promise<{ seconds: number; pictures: number; suspected: number }> => {
      const began = performance.now();
      const review = await graftwork.review(store.uri('many'), { spec });
      const seconds = (performance.now() - began) / 1000;
      return { seconds, pictures: review.pictures, suspected: review.counts.mislabelled };
    };
    const first = await timed();
    for await (const { key } of store.list('trials/')) await store.delete(key);
    const second = await timed();
    return (
      `${second.pictures} pictures: ${second.seconds.toFixed(1)} s with cached features ` +
      `(${first.seconds.toFixed(1)} s from nothing), ${second.suspected} labels suspected`
    );
  } finally {
    await stack.stop();
  }
}
