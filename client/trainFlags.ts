/** The flags that describe a training run, shared by `train` and the demo. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { parseBudget } from '../contracts/budget.js';
import { recipes } from '../contracts/recipes.js';
import { freezingPlanNames } from '../contracts/runSpec.js';
import type { FreezingPlanName, UserSpec } from '../contracts/runSpec.js';
import { wholeNumber } from './commands/command.js';
import { applySettings } from './setPaths.js';
import { readSpecFile } from './specFile.js';

export interface TrainFlags {
  name?: string;
  spec?: string;
  recipe?: keyof typeof recipes;
  backbone?: string;
  plan?: FreezingPlanName;
  /** Seconds. */
  budget?: number;
  seed?: number;
  set?: string[];
}

export function addTrainFlags(command: Command): Command {
  return command
    .option('--name <model>', "the model's name; default: the folder's")
    .option('--spec <file>', 'run spec, YAML or JSON; `npx graftwork schema` prints its fields')
    .addOption(
      new Option('--recipe <recipe>', 'settings for whatever the spec leaves out').choices(Object.keys(recipes)),
    )
    .option(
      '--backbone <name>',
      'pretrained network to start from, model:name@version, or auto: the best for these images',
    )
    .addOption(new Option('--plan <plan>', 'which layers train when').choices(freezingPlanNames))
    .option('--budget <time>', 'time the run has (30s, 10m, 2h): there is a model when it is up', budgetSeconds)
    .option('--seed <number>', 'seed of everything random but the splits', wholeNumber(0))
    .option('--set <path=value...>', 'single settings of the spec, e.g. head.epochs=3');
}

function budgetSeconds(text: string): number {
  const seconds = parseBudget(text);
  if (seconds === undefined) throw new InvalidArgumentError('It is no time; write 30s, 10m or 2h.');
  return seconds;
}

/** The spec the flags describe: the file's, then the single flags, then --set, each over the one before. */
export async function specFromFlags(flags: TrainFlags): Promise<UserSpec> {
  const { name, recipe, backbone, plan, budget, seed } = flags;
  const file = flags.spec === undefined ? {} : await readSpecFile(flags.spec);
  const spec: UserSpec = {
    ...file,
    ...(name === undefined ? {} : { name }),
    ...(recipe === undefined ? {} : { recipe }),
    ...(backbone === undefined ? {} : { backbone: { name: backbone } }),
    ...(plan === undefined ? {} : { plan }),
    ...(budget === undefined ? {} : { budget: { seconds: budget } }),
    ...(seed === undefined ? {} : { seed }),
  };
  return applySettings(spec, flags.set ?? []);
}
