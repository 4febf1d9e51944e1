import type { Command } from 'commander';
import { rankText } from '../display/rankText.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { interruptible } from '../follow/interrupted.js';
import { GraftworkError } from '../../contracts/errors.js';
import { sourceNames } from '../../storage/datasets/sourceNames.js';
import { addTrainFlags, specFromFlags } from '../spec/trainFlags.js';
import type { TrainFlags } from '../spec/trainFlags.js';
import { answer, createWorkCommand, say, wholeNumber } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

interface RankFlags extends CommonOptions, TrainFlags {
  sources?: string;
  only?: boolean;
  sample: number;
  all?: boolean;
}

export function rankCommand(): Command {
  const command = createWorkCommand(
    'rank',
    'Rank pretrained networks and earlier models as sources to start from, on your images. Nothing is trained.',
    'rank photos/ --sources resnet50,model:birds@2',
  )
    .argument('<source>', 'images, as for `npx graftwork train`')
    .option(
      '--sources <names>',
      'further sources to rank: name, name=<weights>, owner/checkpoint, model:name@version, …',
    )
    .option('--only', 'rank the named sources and no others')
    .option('--all', 'list every source that was left out')
    .option('--sample <pictures>', 'largest number of training pictures to look at', wholeNumber(2), 1_000);
  return addTrainFlags(command, ['name', 'spec', 'recipe', 'online', 'budget', 'seed', 'set']).action(
    async (source: string, options: RankFlags) => {
      const sources = options.sources?.split(',').filter((name) => name !== '') ?? [];
      if (options.only === true && sources.length === 0) throw nothingToRank();
      const spec = await specFromFlags(options);
      const { leftOutText } = await import('../../client/folders/leftOut.js');
      const { checkRequest } = await import('../../client/runs/sourceSpec.js');
      await checkRequest(source, spec);
      await ensureStack(say);
      await using graftwork = await connect();
      const report = await interruptible(
        () => 'The ranking was stopped. Its results so far are kept.',
        (signal) =>
          graftwork.rank(source, {
            spec,
            sources,
            only: options.only === true,
            sample: options.sample,
            ...(options.budget === undefined ? {} : { budget: options.budget }),
            signal,
            onUploaded: (upload) => {
              if (upload && upload.leftOut.length > 0) say(`not used: ${leftOutText(upload.leftOut)}`);
              say('ranking sources: each one processes the sample once');
            },
          }),
      );
      const named = await sourceNames(graftwork.store, report.similarTasks);
      answer(options, report, () =>
        rankText(report, { source, flags: runFlags(options), named, isWhole: options.all === true }),
      );
    },
  );
}

function nothingToRank(): GraftworkError {
  return new GraftworkError('GW_USAGE', '--only needs --sources. Without it, there is no source to rank.', {
    remedy: 'Name the sources, e.g. --sources resnet50,model:birds@2, or leave out --only.',
  });
}

/** What a run on these images has to be given, too; the choice has a backbone and settings of its own, which come behind. */
function runFlags({ name, spec, recipe, seed, set = [] }: RankFlags): string[] {
  const given = { name, spec, recipe, seed: seed?.toString() };
  return [
    ...Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value])),
    ...set.flatMap((setting) => ['--set', setting]),
  ];
}
