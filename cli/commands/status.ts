import type { Command } from 'commander';
import { nameServers } from '../../client/connection/clientAlone.js';
import { diskTrouble } from '../stack/diskTrouble.js';
import { temporalConfigured } from '../../client/connection/endpoints.js';
import { counted } from '../../client/text/format.js';
import { facts } from '../terminal/table.js';
import { defaultHome, isCheckout, readStack } from '../../infra/stack.js';
import type { StackState } from '../../infra/stack.js';
import { answer, createCommand } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

export function statusCommand(): Command {
  return createCommand('status', 'Show where Temporal and S3 are, and which workers serve.', 'status').action(
    async (options: CommonOptions) => {
      const stack = temporalConfigured() ? undefined : await readStack(defaultHome());
      if (stack === undefined && !temporalConfigured()) {
        answer(options, { running: false }, () =>
          isCheckout ? 'Not running. Start it with npx graftwork up --detach' : `Not running. ${nameServers}`,
        );
        return;
      }
      await using graftwork = await connect();
      const status = await graftwork.status();
      const disk = await diskTrouble();
      const value = {
        ...{ running: true, ...status },
        processes: stack === undefined ? null : processes(stack),
        disk: disk ?? null,
      };
      answer(options, value, () =>
        facts([
          ['Temporal', `${status.temporal.address}, namespace ${status.temporal.namespace}`],
          ['Temporal UI', status.ui ?? undefined],
          ['S3', `${status.s3.endpoint}, bucket ${status.s3.bucket}${status.s3.bucketExists ? '' : ' (missing)'}`],
          ...Object.entries(status.workers).map(
            ([pool, count]) => [`${pool} pool`, count === 0 ? 'no worker' : counted(count, 'worker')] as const,
          ),
          ['disk', disk],
          ...processes(stack).map(
            ({ name, pid, restarts, log }) =>
              [name, `process ${pid}${restarts > 0 ? `, restarted ${restarts}×` : ''}, ${log}`] as const,
          ),
        ]),
      );
    },
  );
}

function processes(stack: StackState | undefined): { name: string; pid: number; restarts: number; log: string }[] {
  if (stack === undefined) return [];
  const named = { ...stack.servers, ...stack.workers };
  return Object.entries(named).map(([name, { pid, restarts, log }]) => ({ name, pid, restarts, log }));
}
