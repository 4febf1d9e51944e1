import type { Command } from 'commander';
import { ensureStack } from '../stack/embeddedStack.js';
import { answer, createWorkCommand, say, type CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';
import { requirePlaceFor, writeWhole } from '../base/writeWhole.js';

interface Options extends CommonOptions {
  keepSeen?: boolean;
  groupBy?: string;
  out?: string;
}

export function evaluateCommand(): Command {
  return createWorkCommand(
    'evaluate',
    'Test a trained model on labelled pictures that it has not seen.',
    'evaluate birds@2 other-birds/ --out birds.html',
  )
    .argument('<model>', 'name, name@version, or the run that made it')
    .argument('<source>', 'labelled pictures: a folder with one folder per class, or a list; local or at s3://bucket/…')
    .option('--keep-seen', 'also test pictures that the model was trained on, or that look like those')
    .option('--group-by <pattern>', 'leave out groups that training had pictures of, by their paths, e.g. "{group}_*"')
    .option('--out <file>', 'HTML file to write the report to')
    .action(async (model: string, source: string, options: Options) => {
      const { requireSource } = await import('../../client/folders/source.js');
      const { pictureTestText } = await import('../display/pictureTestText.js');
      const { keepSeen = false, groupBy, out } = options;
      await requireSource(source);
      if (out !== undefined) await requirePlaceFor(out);
      await ensureStack(say);
      await using graftwork = await connect();
      const test = await graftwork.evaluate(model, source, { keepSeen, ...(groupBy === undefined ? {} : { groupBy }) });
      if (out !== undefined) await writeWhole(out, await graftwork.testReport(test));
      answer(options, test, () => pictureTestText(test, out));
    });
}
