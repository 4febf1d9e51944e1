/** What was found in each file of a source, by the million: 65 bytes each, a little more for the few that are unusable. */
import { z } from 'zod';
import { quarantineReasons } from '../../contracts/data/dataset.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const inspectionResultSchema = z.discriminatedUnion('usable', [
  z.strictObject({
    usable: z.literal(true),
    sha256: digest,
    width: z.number().int(),
    height: z.number().int(),
    perceptualHash: z.string().regex(/^[0-9a-f]{16}$/),
    unusualRange: z.literal(true).optional(),
    animated: z.literal(true).optional(),
    transparent: z.literal(true).optional(),
  }),
  z.strictObject({ usable: z.literal(false), reason: z.enum(quarantineReasons), detail: z.string() }),
]);
export type InspectionResult = z.infer<typeof inspectionResultSchema>;
type Usable = Extract<InspectionResult, { usable: true }>;
type Unusable = Extract<InspectionResult, { usable: false }>;

/** What may be odd about a usable picture. */
export const oddities = ['unusualRange', 'animated', 'transparent'] as const;
export type Oddity = (typeof oddities)[number];

const shaBytes = 32;
const hashBytes = 8;

/** Results by the index of the file. */
export class Inspections {
  private readonly known: Uint8Array;
  private readonly digests: Buffer;
  private readonly hashes: Buffer;
  private readonly widths: Uint32Array;
  private readonly heights: Uint32Array;
  private readonly unusables = new Map<number, Unusable>();
  private readonly oddRows: Record<Oddity, Set<number>> = {
    unusualRange: new Set(),
    animated: new Set(),
    transparent: new Set(),
  };
  private counted = 0;

  constructor(readonly length: number) {
    this.known = new Uint8Array(length);
    this.digests = Buffer.alloc(length * shaBytes);
    this.hashes = Buffer.alloc(length * hashBytes);
    this.widths = new Uint32Array(length);
    this.heights = new Uint32Array(length);
  }

  /** Files whose result is known. */
  get count(): number {
    return this.counted;
  }

  has(index: number): boolean {
    return this.known[index] === 1;
  }

  set(index: number, result: InspectionResult): void {
    if (!this.has(index)) this.counted += 1;
    this.known[index] = 1;
    for (const oddity of oddities) {
      if (result.usable && result[oddity] === true) this.oddRows[oddity].add(index);
      else this.oddRows[oddity].delete(index);
    }
    if (!result.usable) {
      this.unusables.set(index, result);
      return;
    }
    this.digests.write(result.sha256, index * shaBytes, 'hex');
    this.hashes.write(result.perceptualHash, index * hashBytes, 'hex');
    this.widths[index] = result.width;
    this.heights[index] = result.height;
  }

  isUsable(index: number): boolean {
    return this.has(index) && !this.unusables.has(index);
  }

  sha256(index: number): string {
    return this.digests.toString('hex', index * shaBytes, (index + 1) * shaBytes);
  }

  perceptualHash(index: number): string {
    return this.hashes.toString('hex', index * hashBytes, (index + 1) * hashBytes);
  }

  /** @throws RangeError when the file is not known to be usable */
  usable(index: number): Usable {
    if (!this.isUsable(index)) throw new RangeError(`file ${index} is not known to be usable`);
    return {
      usable: true,
      sha256: this.sha256(index),
      width: this.widths[index] ?? 0,
      height: this.heights[index] ?? 0,
      perceptualHash: this.perceptualHash(index),
      ...Object.fromEntries(
        oddities.filter((oddity) => this.oddRows[oddity].has(index)).map((oddity) => [oddity, true]),
      ),
    };
  }

  /** Indices of the usable pictures that are odd in this way, in no order. */
  odd(oddity: Oddity): Iterable<number> {
    return this.oddRows[oddity];
  }

  /** Indices and results of the files that cannot be used, in no order. */
  unusable(): Iterable<[index: number, result: Unusable]> {
    return this.unusables;
  }

  /** @throws RangeError when nothing is known of the file */
  at(index: number): InspectionResult {
    return this.unusables.get(index) ?? this.usable(index);
  }
}
