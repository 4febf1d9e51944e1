/** The file with a person's decisions about labels, as `graftwork review` writes it or a spreadsheet saves it. */
import { decisionColumns, labelDecisions, type LabelDecisionKind } from '../../../contracts/data/labelDecisions.js';
import { GraftworkError } from '../../../contracts/errors.js';
import { quoted, visibleName } from '../folders/className.js';
import { csvRows } from './csvRows.js';
import type { Column } from './listColumns.js';
import { utf8Pieces } from './listEncoding.js';
import { lookAhead } from './lookAhead.js';

export interface LabelDecision {
  /** As the source has it. */
  path: string;
  decision: LabelDecisionKind;
  /** The right label; only of `relabel`. */
  label?: string;
  /** Digest of the picture that was looked at. */
  sha256: string;
  /** Counted from 1. */
  line: number;
}

/** Bytes that show whether a file is one of decisions. */
export const decisionsHeadBytes = 4096;

const needed = decisionColumns.map((name): Column => ({ usual: name, own: [name], others: [] }));

/**
 * Rows without a decision are left out: nobody has looked at these pictures yet.
 *
 * @param pieces of the file
 * @param name of the file, for messages
 * @throws GraftworkError GW_LABELS_INVALID naming the line
 */
export async function readLabelDecisions(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): Promise<LabelDecision[]> {
  try {
    const { firstLine, whole } = await lookAhead(utf8Pieces(pieces, name));
    const found = new Map<string, LabelDecision>();
    for await (const { line, fields } of csvRows(whole, firstLine, needed, name)) {
      const decision = decisionOf(fields, line, name);
      if (decision === undefined) continue;
      const earlier = found.get(decision.path);
      if (earlier !== undefined) {
        throw invalidDecisions(
          `${name}, line ${line}`,
          `${quoted(decision.path)} is already on line ${earlier.line}`,
          'Remove one of the two lines.',
        );
      }
      found.set(decision.path, decision);
    }
    return [...found.values()];
  } catch (thrown) {
    // What is wrong with a table is said as it is of a list of images; only what to do is another thing.
    if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_MANIFEST_INVALID') throw thrown;
    throw new GraftworkError('GW_LABELS_INVALID', thrown.message, { remedy: usualRemedy, cause: thrown });
  }
}

/** Whether a file that begins so is one of decisions, and no other table of that name. */
export function isDecisionsFile(head: Uint8Array): boolean {
  const text = Buffer.from(head)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const names = (/\S.*/.exec(text)?.[0] ?? '').toLowerCase().split(/[,;\t|]/);
  const columns = new Set(names.map((name) => name.trim().replace(/^"(.*)"$/, '$1')));
  return decisionColumns.every((column) => columns.has(column));
}

const usualRemedy =
  'A review file has the columns path, decision, label and sha256, as `graftwork review` writes them.';

/** @param where the file, and the line where one is known @param fault what is wrong, without a full stop */
export function invalidDecisions(where: string, fault: string, remedy = usualRemedy): GraftworkError {
  return new GraftworkError('GW_LABELS_INVALID', `${where}: ${fault}.`, { remedy });
}

function decisionOf(fields: Record<string, string>, line: number, name: string): LabelDecision | undefined {
  const where = `${name}, line ${line}`;
  const { path = '', decision = '', label = '', sha256 = '' } = fields;
  const written = decision.trim().toLowerCase();
  if (written === '') return undefined;
  const kind = labelDecisions.find((known) => known === written);
  if (kind === undefined) {
    throw invalidDecisions(where, `the decision ${quoted(decision)} is not keep, relabel or drop`);
  }
  if (path === '') throw invalidDecisions(where, 'there is no path');
  const digest = sha256.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw invalidDecisions(
      where,
      'sha256 does not have 64 hexadecimal digits, so nobody knows which picture was meant',
    );
  }
  const row = { path, decision: kind, sha256: digest, line };
  if (kind !== 'relabel') return row;
  const meant = visibleName(label);
  if (meant === '')
    throw invalidDecisions(where, 'there is no label to change to', 'Write the right label, or decide keep or drop.');
  return { ...row, label: meant };
}
