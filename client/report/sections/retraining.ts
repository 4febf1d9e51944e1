/** The retraining that started a run: why, from where, and what had changed in the data. */
import type { DriftReport } from '../../../contracts/data/drift.js';
import { chance, count, counted, short } from '../../text/format.js';
import type { Retraining } from '../facts/retraining.js';
import { html, named, type Html } from '../page/html.js';
import { facts } from '../page/table.js';

/** Names of classes shown. */
const mostClasses = 30;

export function retrainingSection({ id, reason, warmStart, drift }: Retraining): Html {
  const { model } = warmStart ?? {};
  return html`${facts([
    ['retraining', html`<code>${id}</code>`],
    ['why it trained', reason],
    ['trained from', warmStart && `${model ? `${model.name}@${model.version}` : 'the source'}: ${warmStart.reason}`],
    ['data', drift ? drift.summary : 'no earlier version to compare with, or the same version'],
  ])}
  ${drift && driftFacts(drift)}`;
}

function driftFacts({ before, after, classes, pictures, balance, goneBalance, features }: DriftReport): Html {
  return facts([
    ['versions', html`<code>${short(before)}</code> and <code>${short(after)}</code>`],
    [
      'pictures',
      `${count(pictures.added)} added, ${count(pictures.gone)} removed, ${count(pictures.stayed)} in both, by content`,
    ],
    ['classes added', classes.added.length > 0 && classList(classes.added)],
    ['classes removed', classes.gone.length > 0 && classList(classes.gone)],
    ['balance of the classes', balance && `added against earlier pictures: ${testText(balance)}`],
    [
      'balance of removed pictures',
      goneBalance !== undefined &&
        goneBalance !== null &&
        `removed against remaining pictures: ${testText(goneBalance)}`,
    ],
    [
      'looks of the new pictures',
      features &&
        `squared maximum mean discrepancy ${features.discrepancy.toPrecision(3)}, ${count(features.added)} new against ${count(features.before)} earlier pictures, ${chance(features.pValue)}`,
    ],
  ]);
}

function testText({ statistic, degrees, pValue }: NonNullable<DriftReport['balance']>): string {
  return `χ² = ${statistic.toPrecision(3)}, ${counted(degrees, 'degree')} of freedom, ${chance(pValue)}`;
}

function classList(names: readonly string[]): Html {
  const more = names.length > mostClasses ? `, and ${names.length - mostClasses} others` : '';
  return html`${names.slice(0, mostClasses).map((name, index) => html`${index > 0 && ', '}${named(name)}`)}${more}`;
}
