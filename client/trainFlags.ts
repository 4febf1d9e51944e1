/** The flags that describe a training run, shared by `train` and the demo. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { recipes } from '../contracts/recipes.js';
import type { UserSpec } from '../contracts/runSpec.js';
import { wholeNumber } from './commands/command.js';
import { applySettings } from './setPaths.js';
import { readSpecFile } from './specFile.js';

export interface TrainFlags {
  name?: string;
  spec?: string;
  recipe?: keyof typeof recipes;
  backbone?: string;
  seed?: number;
  set?: string[];
}

export function addTrainFlags(command: Command): Command {
  return command
    .option('--name <model>', "the model's name; default: the folder's")
    .option('--spec <file>', 'run spec, YAML or JSON; `graftwork schema` prints its fields')
    .addOption(
      new Option('--recipe <recipe>', 'settings for whatever the spec leaves out').choices(Object.keys(recipes)),
    )
    .option('--backbone <name>', 'pretrained network to start from, or model:name@version')
    .option('--seed <number>', 'seed of everything random', wholeNumber(0))
    .option('--set <path=value...>', 'single settings of the spec, e.g. head.epochs=3');
}

/** The spec the flags describe: the file's, then the single flags, then --set, each over the one before. */
export async function specFromFlags(flags: TrainFlags): Promise<UserSpec> {
  const { name, recipe, backbone, seed } = flags;
  const file = flags.spec === undefined ? {} : await readSpecFile(flags.spec);
  const spec: UserSpec = {
    ...file,
    ...(name === undefined ? {} : { name }),
    ...(recipe === undefined ? {} : { recipe }),
    ...(backbone === undefined ? {} : { backbone: { name: backbone } }),
    ...(seed === undefined ? {} : { seed }),
  };
  return applySettings(spec, flags.set ?? []);
}
