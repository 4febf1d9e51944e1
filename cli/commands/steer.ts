/** The four ways to steer a run, which differ only in their words. */
import type { Command } from 'commander';
import { answer, createCommand, runArgument } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

const actions = {
  pause: {
    description: 'Pause a run: it writes a checkpoint and gives its device back.',
    done: 'is paused',
    already: 'is already paused',
    next: 'Resume it: npx graftwork resume',
  },
  resume: {
    description: 'Let a paused run go on.',
    done: 'has resumed',
    already: 'is not paused',
    next: 'Follow it: npx graftwork watch',
  },
  finish: {
    description: 'End training now with the best parameters so far; evaluation and registration follow.',
    done: 'is finishing with its best parameters so far',
    already: 'is already finishing with its best parameters',
    next: 'Follow it: npx graftwork watch',
  },
  cancel: {
    description: 'Stop a run. Finished stages stay, and the next run with the same inputs reuses them.',
    done: 'is being cancelled',
    already: 'is already being cancelled',
    next: 'See: npx graftwork show',
  },
} as const;

export function steeringCommands(): Command[] {
  return (Object.keys(actions) as (keyof typeof actions)[]).map((action) =>
    createCommand(action, actions[action].description, `${action} train-flowers-20250131-142501-9f3c5ad80c11e7b2`)
      .argument('<run>', runArgument)
      .action(async (named: string, options: CommonOptions) => {
        await using graftwork = await connect();
        // A retraining is cancelled as a whole, whether it has begun to train or not.
        const run = await graftwork.resolveRun(named, { orRetraining: action === 'cancel' });
        const already = !(await graftwork.run(run)[action]());
        const { done, already: before, next } = actions[action];
        answer(options, { run, action, already }, () => `${run} ${already ? before : done}. ${next} ${run}`);
      }),
  );
}
