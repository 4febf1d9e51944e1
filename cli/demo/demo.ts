/** `npm run demo`: from nothing to a trained, tested and registered classifier, on a real picture set. */
import { join, relative } from 'node:path';
import { defaultHome } from '../../infra/stack.js';
import { quiet, say } from '../base/command.js';
import { GraftworkCommand } from '../base/listOption.js';
import type { CommonOptions } from '../base/command.js';
import { prepareEmojiFolder } from './emojiFolder.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { Graftwork } from '../../client/graftwork.js';
import { runProgram } from '../program.js';
import { checkRequest } from '../../client/runs/sourceSpec.js';
import { trainAndFollow } from '../follow/trainAndFollow.js';
import { addTrainFlags, specFromFlags } from '../spec/trainFlags.js';
import type { TrainFlags } from '../spec/trainFlags.js';

/** A picture of the test split, for the first `predict` a person tries. */
const examplePicture = join('test', 'mammal', 'dog.png');

interface DemoOptions extends CommonOptions, TrainFlags {
  dataset?: string;
}

const demo = addTrainFlags(quiet(new GraftworkCommand('npm run demo --')))
  .description(
    'Train on Google’s emoji drawings, test on Twitter’s: twelve classes, through Temporal, S3 and native TensorFlow.',
  )
  .option('--dataset <source>', 'your own pictures: a folder with one folder per class, or s3://bucket/prefix')
  .option('--json', "print only the run's result on stdout, as JSON")
  .option('--verbose', 'show the stack trace of a failure')
  .addHelpText('after', '\nExample:\n  $ npm run demo -- --dataset photos/ --name my-model')
  .action(async (options: DemoOptions) => {
    const spec = await specFromFlags(options);
    if (options.dataset !== undefined) await checkRequest(options.dataset, spec);
    await ensureStack(say);
    await using graftwork = await Graftwork.connect();
    if (options.dataset !== undefined) {
      process.exitCode = await trainAndFollow(graftwork, options.dataset, { ...options, spec });
    } else {
      const { folder, reused } = await prepareEmojiFolder(defaultHome(), say);
      say(reused ? `picture set: ${folder} is there already` : `picture set: ${folder}`);
      const image = relative(process.cwd(), join(folder, examplePicture));
      process.exitCode = await trainAndFollow(graftwork, folder, {
        ...options,
        spec: { name: 'emoji', ...spec },
        image,
      });
    }
    say('The stack keeps running. Stop it with npx graftwork down.');
  });

process.exitCode = await runProgram(demo, process.argv.slice(2));
