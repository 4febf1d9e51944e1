import { objectKeys } from '../../contracts/objectKeys.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import type { TestDependencies } from '../fixtures/dependencies.js';
import { Pipeline } from '../fixtures/pipeline.js';

/** A stage stopped in training: its manifest names two checkpoints. */
export async function interruptedStage(
  dependencies: TestDependencies,
  spec: Parameters<typeof Pipeline.begin>[1],
): Promise<{ stage: string; manifest: Buffer; newest: string; older: string }> {
  const run = await Pipeline.begin(
    dependencies,
    { ...spec, seed: 7, head: { epochs: 40, batchSize: 8 }, checkpoint: { everySeconds: 0.001 } },
    'other',
  );
  await run.features();
  const stop = new AbortController();
  let epochs = 0;
  const stopped = run.train(0, [], {
    signal: stop.signal,
    epochs: () => {
      if (++epochs === 1) setImmediate(() => stop.abort());
    },
  });
  await stopped.then(
    () => Promise.reject(new Error('the stage ended before it could be stopped')),
    () => undefined,
  );
  const { store } = dependencies;
  const stage = stageKey(run.plan, 0, [], null);
  const manifest = await store.get(objectKeys.checkpointManifest(stage));
  const data = [...manifest.toString().matchAll(/"data":"([0-9a-f]{64})"/g)].map(([, digest]) => digest ?? '');
  const [newest, older] = data;
  if (newest === undefined || older === undefined) throw new Error('the stage left no two checkpoints');
  return { stage, manifest, newest, older };
}
