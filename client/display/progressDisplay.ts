/** Live progress on stderr: bars on a terminal, now and then a line elsewhere. */
import { SingleBar } from 'cli-progress';
import { hasEnded } from '../runStatus.js';
import type { RunStatus } from '../runStatus.js';
import type { UploadProgress } from '../uploadFolder.js';
import { bytes, count } from './format.js';
import { newsBetween, statusLine } from './statusLine.js';
import type { StatusLine } from './statusLine.js';

/** Least time between two plain lines of the same stage, in milliseconds. */
const lineInterval = 5_000;

export interface ProgressDisplay extends Disposable {
  upload(progress: UploadProgress): void;
  run(status: RunStatus): void;
  /** A line that stays. */
  say(line: string): void;
}

export function createProgressDisplay(stream: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  const surface = stream.isTTY ? new BarSurface(stream) : new LineSurface(stream);
  let last: RunStatus | undefined;
  return {
    upload: ({ files, totalFiles, bytes: done, totalBytes }) => {
      const text = `${count(files)}/${count(totalFiles)} files · ${bytes(done)} of ${bytes(totalBytes)}`;
      surface.show({ stage: 'upload', done, total: totalBytes, text });
    },
    run: (status) => {
      for (const line of newsBetween(last, status)) surface.say(line);
      if (!hasEnded(status.status)) surface.show(statusLine(status));
      last = status;
    },
    say: (line) => surface.say(line),
    [Symbol.dispose]: () => surface.end(),
  };
}

interface Surface {
  show(line: StatusLine): void;
  say(line: string): void;
  end(): void;
}

class BarSurface implements Surface {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show({ stage, done, total, text }: StatusLine): void {
    const payload = { stage: stage.padEnd(11), text };
    if (this.#bar === undefined) {
      this.#bar = new SingleBar({
        stream: this.#stream,
        format: '{stage} {bar} {text}',
        barsize: 24,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        // A stage of nothing yet is an empty bar, not a full one.
        emptyOnZero: true,
        // Ctrl-C is the program's own affair: it detaches from the run.
        gracefulExit: false,
      });
      this.#bar.start(total, done, payload);
    } else {
      this.#bar.setTotal(total);
      this.#bar.update(done, payload);
    }
  }

  say(line: string): void {
    this.end();
    this.#stream.write(`${line}\n`);
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

class LineSurface implements Surface {
  readonly #stream: NodeJS.WritableStream;
  #last = { stage: '', text: '', at: 0 };

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  show({ stage, text }: StatusLine): void {
    const now = Date.now();
    const news = text !== '' && text !== this.#last.text && now - this.#last.at >= lineInterval;
    const fresh = stage !== this.#last.stage || news;
    if (!fresh) return;
    this.#last = { stage, text, at: now };
    this.say(text === '' ? stage : `${stage}: ${text}`);
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  end(): void {
    // Nothing is left half-written.
  }
}
