/** Which settings of a spec a task has no use for. Pure. */
import { GraftworkError } from '../errors.js';
import type { RunSpec } from './runSpec.js';
import type { Task } from './task.js';

type Judged = Pick<RunSpec, 'head' | 'fineTune'>;

/**
 * A person's task, as a part of the data set's spec.
 * @throws GraftworkError GW_SPEC_INVALID when it is said twice, differently
 */
export function statedTask({ task, dataset }: StatedTask): { task?: Task } {
  if (task === undefined) return {};
  if (dataset?.task === undefined || dataset.task === task) return { task };
  throw new GraftworkError(
    'GW_SPEC_INVALID',
    `The run spec is not valid.\n  task: ${task}, but dataset.task is ${dataset.task}`,
    {
      remedy: 'Say one of them.',
    },
  );
}

interface StatedTask {
  task?: Task | undefined;
  dataset?: { task?: Task | undefined } | undefined;
}

/** What is the matter with the spec, each by the path of the field, with what to do. None where the task has a use for all of it. */
export function taskProblems(spec: Judged, task: Task): string[] {
  return task === 'multi-label' ? multiLabelProblems(spec) : singleLabelProblems(spec);
}

/**
 * @param task of the data, as the ingest has found it
 * @throws GraftworkError GW_SPEC_INVALID naming each field
 */
export function requireFitting(spec: Judged, task: Task | undefined): void {
  const problems = taskProblems(spec, task ?? 'single-label');
  if (problems.length === 0) return;
  const what = task === 'multi-label' ? 'several labels a picture' : 'one label a picture';
  throw new GraftworkError(
    'GW_SPEC_INVALID',
    `The run spec does not fit the data, which have ${what}. ${problems.join('; ')}`,
    { remedy: 'Change the fields named above.' },
  );
}

function multiLabelProblems({ head, fineTune }: Judged): string[] {
  return stagesOf({ head, fineTune }).flatMap(([path, stage]) =>
    stage.imbalance === undefined
      ? []
      : [
          `${path}.imbalance: each label of a multi-label task is a question of its own, so no class takes pictures from another: set \`${path}.loss: asymmetric\`, or \`imbalance: auto\``,
        ],
  );
}

function singleLabelProblems({ head, fineTune }: Judged): string[] {
  return stagesOf({ head, fineTune }).flatMap(([path, stage]) =>
    stage.loss === undefined
      ? []
      : [`${path}.loss: only a multi-label task has a choice of losses: leave it out, or set \`task: multi-label\``],
  );
}

function stagesOf({ head, fineTune }: Pick<Judged, 'head' | 'fineTune'>) {
  return [['head', head] as const, ...fineTune.map((step, index) => [`fineTune[${index}]`, step] as const)];
}
