/** The flags that describe a training run, shared by `train` and the demo. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { parseBudget } from '../../contracts/spec/budget.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { freezingPlanNames } from '../../contracts/spec/runSpec.js';
import type { FreezingPlanName, UserSpec } from '../../contracts/spec/runSpec.js';
import { taskSchema, type Task } from '../../contracts/spec/task.js';
import { wholeNumber } from '../base/command.js';
import { ListOption } from '../base/listOption.js';
import { isSetting } from './setting.js';

export interface TrainFlags {
  name?: string;
  spec?: string;
  recipe?: keyof typeof recipes;
  backbone?: string;
  online?: boolean;
  plan?: FreezingPlanName;
  /** Seconds. */
  budget?: number;
  seed?: number;
  task?: Task;
  groupBy?: string;
  labels?: string;
  set?: string[];
}

const flagNames = [
  'name',
  'spec',
  'recipe',
  'backbone',
  'online',
  'plan',
  'budget',
  'seed',
  'task',
  'groupBy',
  'labels',
  'set',
] as const satisfies (keyof TrainFlags)[];
type FlagName = (typeof flagNames)[number];

const options: Record<FlagName, () => Option> = {
  name: () => new Option('--name <model>', "name of the model; default: the folder's name"),
  spec: () => new Option('--spec <file>', 'run spec, YAML or JSON; `npx graftwork schema` prints its fields'),
  recipe: () =>
    new Option('--recipe <recipe>', 'recipe for the settings that the spec leaves out').choices(Object.keys(recipes)),
  backbone: () =>
    new Option(
      '--backbone <name>',
      'network to start from: name, owner/checkpoint of the hub, model:name@version, or auto (the best for these images)',
    ),
  online: () =>
    new Option('--online', 'rank networks of the hub as well: the best by published accuracy and cost are fetched'),
  plan: () => new Option('--plan <plan>', 'freezing plan: which layers train, and when').choices(freezingPlanNames),
  budget: () =>
    new Option('--budget <time>', 'time for the run up to its model: 30s, 10m, 2h').argParser(budgetSeconds),
  seed: () => new Option('--seed <number>', 'seed of all random numbers except the splits').argParser(wholeNumber(0)),
  task: () =>
    new Option('--task <task>', 'what the labels mean; default: multi-label for a list with a column labels').choices(
      taskSchema.options,
    ),
  groupBy: () =>
    new Option(
      '--group-by <pattern>',
      'keep pictures together in splits by their paths, e.g. "patient-{group}_*" or "{group}/*"',
    ),
  labels: () =>
    new Option(
      '--labels <file>',
      'decisions about labels, as `npx graftwork review` and its page write them: review.csv',
    ),
  set: () => new ListOption('--set <path=value...>', 'single settings of the spec, e.g. head.epochs=3', isSetting),
};

/** @param names the flags that mean something to the command @default all */
export function addTrainFlags(command: Command, names: readonly FlagName[] = flagNames): Command {
  for (const name of names) command.addOption(options[name]());
  return command;
}

function budgetSeconds(text: string): number {
  const seconds = parseBudget(text);
  if (seconds === undefined) throw new InvalidArgumentError('It is not a time: write 30s, 10m or 2h.');
  return seconds;
}

/** The spec the flags describe: the file's, then the single flags, then --set, each over the one before. */
export async function specFromFlags(flags: TrainFlags): Promise<UserSpec> {
  const { applySettings } = await import('./setPaths.js');
  const { readSpecFile } = await import('./specFile.js');
  const { name, recipe, plan, budget, seed, task, groupBy, labels } = flags;
  const file = flags.spec === undefined ? {} : await readSpecFile(flags.spec);
  const backbone = backboneFromFlags(flags, file.backbone);
  const spec: UserSpec = {
    ...file,
    ...(name === undefined ? {} : { name }),
    ...(recipe === undefined ? {} : { recipe }),
    ...(backbone === undefined ? {} : { backbone }),
    ...(plan === undefined ? {} : { plan }),
    ...(budget === undefined ? {} : { budget: { seconds: budget } }),
    ...(seed === undefined ? {} : { seed }),
    ...(task === undefined ? {} : { task }),
    ...(groupBy === undefined && labels === undefined
      ? {}
      : {
          dataset: {
            ...file.dataset,
            ...(groupBy === undefined ? {} : { groupBy }),
            ...(labels === undefined ? {} : { labels }),
          },
        }),
  };
  return applySettings(spec, flags.set ?? []);
}

/** A name replaces what the file says; to go online does not. */
function backboneFromFlags({ backbone: name, online }: TrainFlags, ofFile: UserSpec['backbone']): UserSpec['backbone'] {
  const named = name === undefined ? ofFile : { name };
  if (online !== true) return named;
  return { ...(typeof named === 'string' ? { name: named } : named), online };
}
