/** Upload, start, follow: what `train` and the demo do on the screen. */
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { answer, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { bytes, counted } from '../../client/text/format.js';
import { createProgressDisplay } from '../display/progressDisplay.js';
import { detachedMessage, followRun, tellResult } from './followRun.js';
import type { Graftwork } from '../../client/graftwork.js';
import { interruptible } from './interrupted.js';
import { derivedName } from '../../client/runs/sourceSpec.js';
import { leftOutText } from '../../client/folders/leftOut.js';
import type { UploadedFolder } from '../../client/folders/uploadFolder.js';

export interface TrainAndFollowOptions extends CommonOptions {
  spec: UserSpec;
  detach?: boolean;
  /** A real image to name in the commands worth trying next. */
  image?: string;
}

/** @returns exit code of the command */
export async function trainAndFollow(
  graftwork: Graftwork,
  source: string,
  { spec, detach, image, ...options }: TrainAndFollowOptions,
): Promise<0 | 1 | 2> {
  using display = createProgressDisplay();
  let started: string | undefined;
  const stopped = (): string =>
    started === undefined ? 'Stopped before the run started. Uploaded files are kept.' : detachedMessage(started);

  const result = await interruptible(stopped, async (signal) => {
    const run = await graftwork.train(source, {
      spec,
      signal,
      onUploadProgress: (progress) => display.upload(progress),
      onUploaded: (upload) => {
        display.say(uploadText(source, upload));
        if (upload && upload.leftOut.length > 0) display.say(`not used: ${leftOutText(upload.leftOut)}`);
      },
    });
    started = run.id;
    const derived = derivedName(source, spec);
    if (derived !== undefined)
      display.say(`the model is called ${derived.name}, after “${derived.from}”; --name names it`);
    const ui = graftwork.uiAddress(run.id);
    display.say(`run ${run.id} started${ui === undefined ? '' : `: ${ui}`}`);
    return detach === true ? undefined : followRun(run, display, signal);
  });
  display[Symbol.dispose]();
  if (result !== undefined) return await tellResult(graftwork, result, options, image);

  const run = started ?? '';
  answer(options, { run, ui: graftwork.uiAddress(run) ?? null }, () => run);
  say(`follow it: npx graftwork watch ${run}`);
  return 0;
}

function uploadText(source: string, upload: UploadedFolder | undefined): string {
  if (upload === undefined) return `reading ${source}`;
  const forgotten = upload.forgotten === 0 ? '' : `; ${counted(upload.forgotten, 'forgotten file')} not uploaded`;
  const unnamed = upload.unnamed === 0 ? '' : `; ${counted(upload.unnamed, 'other file')} beside them not uploaded`;
  const all = `${counted(upload.files, 'file')}, ${bytes(upload.bytes)}${forgotten}${unnamed}`;
  return upload.sent === 0
    ? `${source} is in the bucket already (${all})`
    : `${source} uploaded (${all}; ${counted(upload.sent, 'file')} sent)`;
}
