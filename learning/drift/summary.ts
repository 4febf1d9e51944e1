/** A drift report in a sentence or two. Pure. */
import type { DriftReport } from '../../contracts/data/drift.js';

/** Chance of a false alarm of each test. */
const significance = 0.01;

export function driftSummary({
  classes,
  pictures,
  balance,
  goneBalance,
  features,
}: Omit<DriftReport, 'summary'>): string {
  const parts = [`pictures: ${pictures.added} added, ${pictures.gone} removed, ${pictures.stayed} unchanged`];
  if (classes.added.length > 0) parts.push(`new classes: ${classes.added.join(', ')}`);
  if (classes.gone.length > 0) parts.push(`removed classes: ${classes.gone.join(', ')}`);
  if (balance !== null && balance.pValue < significance) {
    parts.push(
      `the added pictures are spread over the classes differently from the earlier ones (p = ${balance.pValue.toPrecision(2)})`,
    );
  }
  if (goneBalance !== undefined && goneBalance !== null && goneBalance.pValue < significance) {
    parts.push(
      `the removed pictures were spread over the classes differently from the ones that stayed (p = ${goneBalance.pValue.toPrecision(2)})`,
    );
  }
  if (features === null)
    parts.push('not measured whether new pictures look different (too few pictures, or no network for it)');
  else if (features.pValue < significance) {
    parts.push(
      `the new pictures look different from earlier ones of their classes (p = ${features.pValue.toPrecision(2)})`,
    );
  } else parts.push('the new pictures look like the earlier ones of their classes');
  return parts.join('; ');
}
