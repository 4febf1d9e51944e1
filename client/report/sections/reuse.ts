/** Which steps found their result in the bucket, which made it, and why. */
import { z } from 'zod';
import { wasTrained, type RunResult } from '../../../contracts/run/result.js';
import { counted } from '../../text/format.js';
import { html, type Html, type HtmlValue } from '../page/html.js';
import type { ActivityRecord } from '../facts/history.js';
import { numberColumn, table } from '../page/table.js';

export function reuseSection(
  { dataset, stages, cache, choices }: RunResult,
  activities: readonly ActivityRecord[],
): Html {
  const rows: HtmlValue[][] = [];
  if (dataset !== null) {
    const why = dataset.reused ? 'an earlier run read the same listing' : 'no earlier run read this listing';
    rows.push(['ingest', Number(dataset.reused), Number(!dataset.reused), why]);
  }
  const stageRow = ({ name, cache: use }: RunResult['stages'][number]): HtmlValue[] => [
    name,
    use.hits,
    use.misses,
    use.reason,
  ];
  const ranked = activities
    .filter(({ type, outcome }) => type === 'rankSource' && outcome === 'completed')
    .flatMap((one) => isReused(one) ?? []);
  if (ranked.length > 0) {
    const known = ranked.filter(Boolean).length;
    rows.push(['ranking', known, ranked.length - known, 'the scores of each source on these pictures']);
  }
  rows.push(...stages.filter((stage) => !wasTrained(stage)).map(stageRow));
  for (const [name, search] of [
    ['head search', choices?.heads],
    ['rate search', choices?.fineTunes],
  ] as const) {
    if (search) rows.push([name, search.cache.hits, search.cache.misses, search.cache.reason]);
  }
  rows.push(...stages.filter(wasTrained).map(stageRow));
  const evaluated = activities.findLast(({ type, outcome }) => type === 'evaluateModel' && outcome === 'completed');
  const reused = evaluated && isReused(evaluated);
  if (reused !== undefined) {
    const why = reused
      ? 'an earlier run tested the same model on the same pictures'
      : 'no earlier run tested this model';
    rows.push(['evaluate', Number(reused), Number(!reused), why]);
  }
  if (rows.length === 0) return html`<p>No step has looked for earlier results yet.</p>`;
  return html`<p>
      Each result is stored under a key that is the digest of its inputs. A stored result is not computed again.
    </p>
    ${table(['step', numberColumn('cached'), numberColumn('computed'), 'why'], rows, 'Results found in the bucket and results computed')}
    ${cache && html`<p>Features while training: ${cache.tier}, ${cache.dtype}; ${cache.reason}.</p>`}
    ${
      activities.some(({ attempts }) => attempts > 1) &&
      html`<p>
        ${counted(activities.filter(({ attempts }) => attempts > 1).length, 'activity', 'activities')} needed more than
        one attempt. A later attempt resumes from the last checkpoint.
      </p>`
    }`;
}

/** Whether an activity found its result in the bucket; undefined where its answer cannot be read. */
function isReused({ answer }: ActivityRecord): boolean | undefined {
  return z.object({ reused: z.boolean() }).safeParse(answer).data?.reused;
}
