/** Which steps found their result in the bucket, which made it, and why. */
import { z } from 'zod';
import { wasTrained, type RunResult } from '../../contracts/result.js';
import { counted } from '../display/format.js';
import { html, type Html, type HtmlValue } from './html.js';
import type { ActivityRecord } from './history.js';
import { numberColumn, table } from './table.js';

export function reuseSection(
  { dataset, stages, cache, choices }: RunResult,
  activities: readonly ActivityRecord[],
): Html {
  const rows: HtmlValue[][] = [];
  if (dataset !== null) {
    const why = dataset.reused ? 'the very same listing was read before' : 'this listing was not known';
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
    const why = reused ? 'the same model was tested on the same pictures before' : 'no earlier run tested this model';
    rows.push(['evaluate', Number(reused), Number(!reused), why]);
  }
  if (rows.length === 0) return html`<p>Nothing has been looked for yet.</p>`;
  return html`<p>
      Every result lies at a key that is the digest of what determines it; what is there is not made again.
    </p>
    ${table(['step', numberColumn('cached'), numberColumn('computed'), 'why'], rows, 'Results found in the bucket and made anew')}
    ${cache && html`<p>Features while training: ${cache.tier}, ${cache.dtype}; ${cache.reason}.</p>`}
    ${
      activities.some(({ attempts }) => attempts > 1) &&
      html`<p>
        ${counted(activities.filter(({ attempts }) => attempts > 1).length, 'activity', 'activities')} took more than
        one attempt; a later attempt goes on from the last checkpoint.
      </p>`
    }`;
}

/** Whether an activity found its result in the bucket; undefined where its answer cannot be read. */
function isReused({ answer }: ActivityRecord): boolean | undefined {
  return z.object({ reused: z.boolean() }).safeParse(answer).data?.reused;
}
