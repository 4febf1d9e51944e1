import { InvalidArgumentError, Option, type Command } from 'commander';
import { GraftworkError } from '../../contracts/errors.js';
import { bytes } from '../../client/text/format.js';
import type { ReportOptions } from '../../client/runs/options.js';
import { hasDisplay, openInBrowser } from '../follow/openInBrowser.js';
import { requirePlaceFor, writeWhole } from '../base/writeWhole.js';
import { answer, createCommand, runArgument, say, type CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

interface Options extends CommonOptions {
  compare?: boolean;
  out?: string;
  open?: 'yes' | 'no';
  pricePerHour?: NonNullable<ReportOptions['pricePerHour']>;
}

export function reportCommand(): Command {
  return createCommand(
    'report',
    'Write a report of one run, or a comparison of two, as one HTML file that loads nothing.',
    'report train-flowers-20250131-142501-9f3c5ad80c11e7b2 --price-per-hour gpu=2.5,cpu=0.2',
  )
    .argument('<run>', runArgument)
    .argument('[other]', 'the second run, with --compare')
    .option('--compare', 'compare two runs, picture by picture')
    .option('--out <file>', 'HTML file to write; default: <run>.html')
    .option(
      '--price-per-hour <prices>',
      'price of one worker of each pool, e.g. gpu=2.5,cpu=0.2; without it the report shows time only',
      prices,
    )
    .addOption(
      new Option('--open <when>', 'open the report in the browser; default: yes at a terminal with a display').choices([
        'yes',
        'no',
      ]),
    )
    .addHelpText('after', '  $ npx graftwork report --compare train-birds-…-9f3c train-birds-…-02ab --out both.html')
    .action(async (run: string, other: string | undefined, options: Options) => {
      const compareWith = comparedRun(options.compare === true, other);
      if (options.out !== undefined) await requirePlaceFor(options.out);
      await using graftwork = await connect();
      say(`collecting data about ${compareWith === undefined ? run : `${run} and ${compareWith}`} …`);
      const { html, ...report } = await graftwork.report(run, {
        ...(compareWith === undefined ? {} : { compareWith }),
        ...(options.pricePerHour === undefined ? {} : { pricePerHour: options.pricePerHour }),
      });
      const out = options.out ?? `${report.runs.join('-and-').replace(/[^\w.-]+/g, '-')}.html`;
      const size = await writeWhole(out, html);
      for (const [of, mismatches] of Object.entries(report.mismatches)) {
        for (const mismatch of mismatches) say(`${of}: ${mismatch}`);
      }
      answer(options, { out, bytes: size, ...report }, () => `${report.verdict}\n${out} (${bytes(size)})`);
      const opens = options.open === undefined ? options.json !== true && hasDisplay() : options.open === 'yes';
      if (opens && !(await openInBrowser(out))) say(`No browser could be started: open ${out} yourself.`);
    });
}

function comparedRun(compare: boolean, other: string | undefined): string | undefined {
  if (compare === (other !== undefined)) return other;
  throw new GraftworkError('GW_USAGE', compare ? '--compare needs two runs.' : 'A report covers one run.', {
    remedy: 'Write `npx graftwork report <run>`, or `npx graftwork report --compare <run> <other run>`.',
  });
}

/** `gpu=2.5,cpu=0.2` */
export function prices(text: string): NonNullable<ReportOptions['pricePerHour']> {
  const found: { cpu?: number; gpu?: number } = {};
  for (const part of text.split(',')) {
    const [, pool, number] = /^\s*(cpu|gpu)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part) ?? [];
    if (pool === undefined || number === undefined) {
      throw new InvalidArgumentError(
        `“${part.trim()}” is not a price. Write gpu=2.5 or gpu=2.5,cpu=0.2, in one currency.`,
      );
    }
    found[pool as 'cpu' | 'gpu'] = Number(number);
  }
  return found;
}
