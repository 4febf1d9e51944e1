/** A person's word on a model that has passed the gate and waits. */
import type { Command } from 'commander';
import { checkedDecision } from '../../client/runs/checkedDecision.js';
import { personHere } from '../../client/connection/personHere.js';
import { answer, createCommand, runArgument } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

const words = {
  approve: 'Put a waiting model into production.',
  reject: 'Keep a waiting model out of production.',
} as const;

export function approvalCommands(): Command[] {
  return (Object.keys(words) as (keyof typeof words)[]).map((word) =>
    createCommand(
      word,
      words[word],
      `${word} train-birds-20250131-142501-9f3c5ad80c11e7b2 --why "checked on the new camera"`,
    )
      .argument('<run>', `run whose model waits: ${runArgument}`)
      .option('--why <text>', 'reason; recorded with the decision', '')
      .option('--by <name>', 'person who decides; default: the user of this machine')
      .action(async (named: string, { why, by, ...options }: CommonOptions & { why: string; by?: string }) => {
        const decision = checkedDecision({ by: by ?? personHere(), why });
        await using graftwork = await connect();
        const outcome = await graftwork.run(await graftwork.resolveRun(named))[word](decision);
        const { name, version } = outcome.gate.challenger;
        answer(options, outcome, () => `${name}@${version}: ${outcome.status} by ${outcome.by}. ${outcome.reason}`);
        if (outcome.status === 'overtaken') process.exitCode = 1;
      }),
  );
}
