/** Live progress on stderr: bars on a terminal, now and then a line elsewhere. */
import { SingleBar } from 'cli-progress';
import { asTyped } from '../../client/connection/typedCommand.js';
import { hasEnded } from '../../client/runs/runStatus.js';
import type { RunStatus } from '../../client/runs/runStatus.js';
import type { UploadProgress } from '../../client/folders/uploadFolder.js';
import { barLine } from './barLine.js';
import { bytes, count, counted } from '../../client/text/format.js';
import { newsBetween } from './news.js';
import { screenWidth } from '../terminal/screen.js';
import { leftText, lineText, statusLine } from './statusLine.js';
import type { StatusLine } from './statusLine.js';
import { foldedText, harmless } from '../terminal/words.js';

/** Least time between two plain lines of the same stage, in milliseconds. */
const lineInterval = 5_000;

/** In bytes; the total is undefined while it is not known. */
export interface DownloadProgress {
  done: number;
  total: number | undefined;
}

export interface ProgressDisplay extends Disposable {
  upload(progress: UploadProgress): void;
  download(progress: DownloadProgress): void;
  run(status: RunStatus): void;
  /** A line that stays. */
  say(line: string): void;
}

export function createProgressDisplay(stream: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  const surface = stream.isTTY ? new BarSurface(stream) : new LineSurface(stream);
  let last: RunStatus | undefined;
  let upload: { began: number; from: number } | undefined;
  let download: { began: number; from: number } | undefined;
  let shown: Pick<StatusLine, 'stage' | 'share' | 'pictures'> = { stage: '', share: 0 };
  const show = (line: StatusLine): void => {
    // A bar never shrinks: what is done again after a failure was done before.
    shown = { ...line, share: line.stage === shown.stage ? Math.max(shown.share, line.share) : line.share };
    surface.show({ ...line, share: shown.share });
  };
  return {
    upload: (progress) => {
      upload ??= { began: Date.now(), from: progress.bytes };
      show(uploadLine(progress, (progress.bytes - upload.from) / ((Date.now() - upload.began) / 1000)));
    },
    download: (progress) => {
      download ??= { began: Date.now(), from: progress.done };
      show(downloadLine(progress, (progress.done - download.from) / ((Date.now() - download.began) / 1000)));
    },
    run: (status) => {
      for (const line of newsBetween(last, status)) surface.say(asTyped(line));
      const least = status.result?.stage === shown.stage ? shown.pictures : undefined;
      if (!hasEnded(status.status)) show(statusLine(status, least));
      last = status;
    },
    say: (line) => surface.say(asTyped(line)),
    [Symbol.dispose]: () => surface.end(),
  };
}

/** @param rate bytes per second; not a number at the very beginning */
function uploadLine({ files, totalFiles, bytes: done, totalBytes }: UploadProgress, rate: number): StatusLine {
  return {
    stage: 'upload',
    share: totalBytes > 0 ? done / totalBytes : 0,
    details: [],
    amount: `${count(files)} of ${counted(totalFiles, 'file')}`,
    rest: rateTexts(rate, totalBytes - done),
  };
}

/** @param rate as for an upload */
function downloadLine({ done, total }: DownloadProgress, rate: number): StatusLine {
  return {
    stage: 'download',
    share: total === undefined || total === 0 ? 0 : done / total,
    details: [],
    amount: total === undefined ? bytes(done) : `${bytes(done)} of ${bytes(total)}`,
    rest: rateTexts(rate, total === undefined ? undefined : total - done),
  };
}

/** @param left bytes; undefined: nobody knows */
function rateTexts(rate: number, left: number | undefined): string[] {
  if (!Number.isFinite(rate) || rate <= 0) return [];
  return [`${bytes(rate)}/s`, ...(left === undefined ? [] : [leftText(left / rate)])];
}

interface Surface {
  show(line: StatusLine): void;
  say(line: string): void;
  end(): void;
}

class BarSurface implements Surface {
  private readonly stream: NodeJS.WriteStream;
  private bar: SingleBar | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  show(line: StatusLine): void {
    if (this.bar === undefined) {
      this.bar = new SingleBar({
        stream: this.stream,
        format: (_options, _params, { line }: { line: StatusLine }) => barLine(line, screenWidth(this.stream)),
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        // Ctrl-C is the program's own affair: it detaches from the run.
        gracefulExit: false,
      });
      this.bar.start(1, line.share, { line });
    } else {
      this.bar.update(line.share, { line });
    }
  }

  say(line: string): void {
    this.end();
    this.stream.write(`${foldedText(harmless(line), screenWidth(this.stream))}\n`);
  }

  end(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

class LineSurface implements Surface {
  private readonly stream: NodeJS.WritableStream;
  private last = { stage: '', text: '', at: 0 };

  constructor(stream: NodeJS.WritableStream) {
    this.stream = stream;
  }

  show(line: StatusLine): void {
    const now = Date.now();
    const { stage } = line;
    const text = lineText(line);
    const news = text !== '' && text !== this.last.text && now - this.last.at >= lineInterval;
    const fresh = stage !== this.last.stage || news;
    if (!fresh) return;
    this.last = { stage, text, at: now };
    this.say(text === '' ? stage : `${stage}: ${text}`);
  }

  say(line: string): void {
    this.stream.write(`${harmless(line)}\n`);
  }

  end(): void {
    // Nothing is left half-written.
  }
}
