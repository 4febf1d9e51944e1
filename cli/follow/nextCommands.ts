/** The commands most worth trying after a look at a run. */
import { isUsersMistake } from '../../contracts/errors.js';
import type { RunResult } from '../../contracts/run/result.js';
import { short } from '../../client/text/format.js';

/** @param image a real image to predict, when one is known */
export function nextCommands(
  { run, status, model, dataset, failure }: RunResult,
  image = '<image or folder>',
): string[] {
  const looks = dataset === null ? [] : [`npx graftwork datasets show ${short(dataset.version)}`];
  switch (status) {
    case 'completed':
      return model === null
        ? looks
        : [
            `npx graftwork predict ${model.name}@${model.version} ${image}`,
            `npx graftwork models show ${model.name}@${model.version}`,
            ...looks,
          ];
    case 'running':
      return [`npx graftwork watch ${run}`, `npx graftwork finish ${run}`, `npx graftwork cancel ${run}`];
    case 'paused':
      return [`npx graftwork resume ${run}`, `npx graftwork cancel ${run}`];
    default:
      return failure !== null && isUsersMistake(failure.code) ? looks : ['npx graftwork doctor', ...looks];
  }
}
