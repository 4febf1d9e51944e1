/** What a decoder finds wrong with a file, for a person. libvips repeats itself over many lines, and sharp adds words of its own. */

export interface DecoderFault {
  /** The beginning of all that was said, in one line: what kind of fault it is, is decided by it. */
  all: string;
  /** The first line that says something, whole; undefined where there is none. */
  line: string | undefined;
}

/** As many characters as decide; they are part of what names a dataset version, so they stay as many. */
const deciding = 200;

/** What sharp puts before the decoder's words. */
const prefix = /^Input (?:buffer|file) has corrupt header:\s*/;

/** Lines that say nothing to a person: sharp's guess about whatever cannot be opened, and the searches of libvips. */
const empty = /^Input (?:buffer|file) contains unsupported image format$|\bbad seek to \d+$/;

export function decoderFault(thrown: unknown): DecoderFault {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const lines = message.split('\n').map((line) => line.replace(prefix, '').replace(/\s+/g, ' ').trim());
  return {
    all: message.replace(/\s+/g, ' ').trim().slice(0, deciding),
    line: lines.find((line) => line !== '' && !empty.test(line)),
  };
}

/** The end of a sentence about a file that cannot be decoded, without a full stop. */
export function faultText({ line }: Pick<DecoderFault, 'line'>): string {
  return line === undefined ? 'it cannot be opened as a picture' : `the decoder reports “${line}”`;
}
