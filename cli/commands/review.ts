import type { Command } from 'commander';
import { GraftworkError } from '../../contracts/errors.js';
import { requirePlaceFor, writeWhole } from '../base/writeWhole.js';
import { answer, createWorkCommand, say, type CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';
import { interruptible } from '../follow/interrupted.js';
import { addTrainFlags, specFromFlags, type TrainFlags } from '../spec/trainFlags.js';
import { ensureStack } from '../stack/embeddedStack.js';

interface Options extends CommonOptions, TrainFlags {
  out: string;
}

export function reviewCommand(): Command {
  const command = createWorkCommand(
    'review',
    'Find labels that are probably wrong, before training: a page to keep, relabel or drop pictures, and a table.',
    'review photos/ --out review.html',
  )
    .argument('<source>', 'images, as for `npx graftwork train`')
    .option('--out <file>', 'HTML file to write; the table is written beside it, as …-findings.csv', 'review.html');
  return addTrainFlags(command, ['name', 'spec', 'recipe', 'backbone', 'seed', 'groupBy', 'labels', 'set']).action(
    async (source: string, options: Options) => {
      const { out } = options;
      const findings = `${out.replace(/\.html?$/i, '')}-findings.csv`;
      const { leftOutText } = await import('../../client/folders/leftOut.js');
      const { checkRequest } = await import('../../client/runs/sourceSpec.js');
      const { reviewCsv } = await import('../../client/report/review/reviewCsv.js');
      const { reviewText } = await import('../display/reviewText.js');
      const spec = await specFromFlags(options);
      await checkRequest(source, spec);
      for (const file of [out, findings]) await requirePlaceFor(file);
      await requireUndecided(findings);
      await ensureStack(say);
      await using graftwork = await connect();
      const review = await interruptible(
        () => 'The review was stopped. Its results so far are kept.',
        (signal) =>
          graftwork.review(source, {
            ...{ spec, signal },
            onUploaded: (upload) => {
              if (upload && upload.leftOut.length > 0) say(`not used: ${leftOutText(upload.leftOut)}`);
              say('looking at the pictures; features that are there are used again');
            },
          }),
      );
      await writeWhole(out, await graftwork.reviewPage(review));
      await writeWhole(findings, reviewCsv(review));
      answer(options, review, () => reviewText(review, { page: out, findings }));
    },
  );
}

/** What a person has decided in an earlier table is not written over. @throws GraftworkError GW_USAGE */
async function requireUndecided(file: string): Promise<void> {
  const { decisionsIn } = await import('../../client/folders/labelsFile.js');
  const decided = await decisionsIn(file);
  if (decided === 0) return;
  throw new GraftworkError('GW_USAGE', `${file} has decisions (${decided}), and would be written over.`, {
    remedy: 'Give --out another file, or move that one.',
  });
}
