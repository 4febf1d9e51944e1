/** The four ways to steer a run, which differ only in their words. */
import type { Command } from 'commander';
import { Graftwork } from '../../client/graftwork.js';
import { answer, createCommand, runArgument } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

const actions = {
  pause: {
    description: 'Pause a run: it writes a checkpoint and gives its device back.',
    done: (run: string) => `${run} is paused. Resume it: npx graftwork resume ${run}`,
  },
  resume: {
    description: 'Let a paused run go on.',
    done: (run: string) => `${run} has resumed. Follow it: npx graftwork watch ${run}`,
  },
  finish: {
    description: 'End training now with the best parameters so far; evaluation and registration follow.',
    done: (run: string) => `${run} is finishing with its best parameters so far. Follow it: npx graftwork watch ${run}`,
  },
  cancel: {
    description: 'Stop a run. Finished stages stay, and the next run with the same inputs reuses them.',
    done: (run: string) => `${run} is being cancelled. See: npx graftwork show ${run}`,
  },
} as const;

export function steeringCommands(): Command[] {
  return (Object.keys(actions) as (keyof typeof actions)[]).map((action) =>
    createCommand(action, actions[action].description, `${action} train-flowers-20250131-142501-9f3c5ad80c11e7b2`)
      .argument('<run>', runArgument)
      .action(async (named: string, options: CommonOptions) => {
        await using graftwork = await Graftwork.connect();
        // A retraining is cancelled as a whole, whether it has begun to train or not.
        const run = await graftwork.resolveRun(named, { orRetraining: action === 'cancel' });
        await graftwork.run(run)[action]();
        answer(options, { run, action }, () => actions[action].done(run));
      }),
  );
}
