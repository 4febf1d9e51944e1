import type { Command } from 'commander';
import type { GarbageReport } from '../../storage/garbage/garbageCollector.js';
import { garbageKinds } from '../../storage/garbage/garbagePlaces.js';
import { bytes, counted } from '../../client/text/format.js';
import { table } from '../terminal/table.js';
import { answer, createCommand, wholeNumber } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

interface Flags extends CommonOptions {
  dryRun?: boolean;
  keepDays: number;
}

export function gcCommand(): Command {
  return createCommand(
    'gc',
    'Delete what no model, dataset version or run in progress needs: old shards, checkpoints, evaluations, uploads.',
    'gc --dry-run',
  )
    .option('--dry-run', 'only report what would be deleted')
    .option('--keep-days <days>', 'days for which everything that was written or used is kept', wholeNumber(0), 7)
    .action(async (options: Flags) => {
      await using graftwork = await connect();
      const { dryRun = false, keepDays } = options;
      const report = await graftwork.collectGarbage({ dryRun, keepDays });
      answer(options, report, () => reportText(report, keepDays));
    });
}

function reportText(report: GarbageReport, keepDays: number): string {
  const { dryRun, removed, unfinishedUploads, objects, bytes: size } = report;
  if (objects + unfinishedUploads === 0)
    return `Nothing to delete: everything is needed, or younger than ${counted(keepDays, 'day')}.`;
  const rows = garbageKinds
    .filter((kind) => removed[kind].objects > 0)
    .map((kind) => [kind, removed[kind].objects, bytes(removed[kind].bytes)]);
  if (unfinishedUploads > 0) rows.push(['unfinished uploads', unfinishedUploads, '']);
  const total = `${counted(objects, 'object')}, ${bytes(size)}`;
  const summary = dryRun ? `${total} would be deleted. Run it without --dry-run to delete them.` : `${total} deleted.`;
  return `${table(['kind', 'objects', 'size'], rows)}\n\n${summary}`;
}
