/** What a run chose by itself, and what it chose from. */
import type { AugmentationChoice } from '../../../contracts/spec/stages/augmentationChoice.js';
import type { ImbalanceChoice } from '../../../contracts/spec/stages/imbalance.js';
import type { RunChoices, Search } from '../../../contracts/run/choices.js';
import type { RunResult } from '../../../contracts/run/result.js';
import { counted, duration, percent } from '../../text/format.js';
import { facts, numberColumn, table } from '../page/table.js';
import { html, type Html } from '../page/html.js';

export function choicesSection({
  choices,
  augmentation,
  imbalance,
}: Pick<RunResult, 'choices' | 'augmentation' | 'imbalance'>): Html {
  return html`${choices && ofRun(choices)} ${augmentation && policies(augmentation)}
  ${imbalance && balancing(imbalance)}`;
}

function balancing({ reason, rows, images, folds }: ImbalanceChoice): Html {
  const outcome = html`<p>Classes of different size: ${reason}.</p>`;
  if (rows.length === 0) return outcome;
  const isAveraged = rows.some(({ mAP }) => mAP !== undefined);
  const names = isAveraged ? ['mAP', 'likeliest label right'] : ['balanced accuracy', 'top-1'];
  return html`${outcome}
  ${table(
    ['method', ...[...names, 'gain in standard errors'].map(numberColumn)],
    rows.map(({ method, balancedAccuracy, mAP, top1, score }) => [
      method,
      percent(mAP ?? balancedAccuracy ?? 0),
      percent(top1),
      score === null ? '–' : score.toFixed(1),
    ]),
    `Ways of balancing tried: heads on ${counted(images, 'picture')}, each held out in one of ${folds} folds`,
  )}`;
}

function ofRun({ budget, made, sources, sample, leftOut = [], heads, fineTunes, cut, next }: RunChoices): Html {
  return html`${budget !== null && html`<p>Budget: ${duration(budget.seconds)}.</p>`}
  ${facts(made.map(({ what, chosen, why }) => [what, html`<strong>${chosen}</strong>: ${why}`]))}
  ${sources.length > 0 && ranking(sources, sample)}
  ${leftOut.length > 0 && html`<p>Not ranked: ${leftOut.join('; ')}.</p>`} ${heads && searchTable('Heads tried', heads)}
  ${fineTunes && searchTable('Rates of fine-tuning tried', fineTunes)}
  ${cut.length > 0 && html`<p>Cut short: ${cut.join('; ')}.</p>`}
  ${next.length > 0 && html`<p>A longer budget would try next: ${next.join('; ')}.</p>`}`;
}

function ranking(sources: RunChoices['sources'], sample: number): Html {
  const isAveraged = sources.some(({ measure }) => measure !== undefined);
  return html`<p>
      Ranked on ${counted(sample, 'training picture')}, the best first.
      ${isAveraged ? 'Mean average precisions' : 'Accuracies'} are leave-one-out on the sample.
    </p>
    ${table(
      [
        'source',
        'head at',
        ...[
          ...(isAveraged ? ['linear mAP', '5-NN mAP'] : ['linear', '5-NN']),
          'LogME',
          'predicted test top-1 (80 % interval)',
          'head alone',
          'fine-tuned',
        ].map(numberColumn),
      ],
      sources.map(({ source, head, linear, knn, logme, predicted, cost }) => [
        source,
        // Results that do not name it are from before it could be another one.
        head ?? 'the last stage',
        linear === undefined ? '–' : percent(linear),
        percent(knn),
        logme.toFixed(3),
        predicted === null
          ? '–'
          : `${percent(predicted.top1)} (${percent(predicted.low)} to ${percent(predicted.high)})`,
        duration(cost.head),
        duration(cost.fineTune),
      ]),
      'Ranking of the sources',
    )}`;
}

function searchTable<Settings extends object>(title: string, { trials, reason, images }: Search<Settings>): Html {
  const names = Object.keys(trials[0]?.settings ?? {});
  return html`<details>
    <summary>
      ${title}: ${counted(trials.length, 'trial')} on ${counted(images, 'validation picture')}; ${reason}
    </summary>
    ${table(
      [...names, 'epochs', 'top-1', 'loss'].map(numberColumn),
      trials.map(({ settings, epochs, top1, loss }) => [
        ...Object.values(settings).map(String),
        epochs,
        percent(top1),
        loss.toPrecision(3),
      ]),
      title,
    )}
  </details>`;
}

function policies({ chosen, reason, policies: tried }: AugmentationChoice): Html {
  const outcome = html`<p>Augmentation: <strong>${chosen}</strong>, ${reason}.</p>`;
  if (tried.length === 0) return outcome;
  return html`${outcome}
  ${table(
    ['policy', ...['validation top-1', '95 % interval', 'loss', 'loss less that of none'].map(numberColumn)],
    tried.map(({ name, top1, interval, loss, difference }) => [
      name,
      percent(top1),
      `${percent(interval[0])} to ${percent(interval[1])}`,
      loss.toFixed(4),
      `${difference.mean.toFixed(4)} (${difference.interval.map((end) => end.toFixed(4)).join(' to ')})`,
    ]),
    'Augmentations tried',
  )}`;
}
