/** Functions in vector instructions, and the memory they share: it is laid out anew for each picture. */
import { readFileSync } from 'node:fs';

/** Bytes that vectors may read or write behind the end of a place. */
const spare = 64;
const pageBytes = 65536;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** As much of Node's own as is used: its types come with a browser's. */
interface Engine {
  Memory: new (descriptor: { initial: number }) => Memory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: Memory } }) => { readonly exports: Record<string, unknown> };
  CompileError: new () => Error;
}

const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

type Run = (...parameters: number[]) => void;

export class ArenaKernels<Name extends string> {
  private constructor(
    private readonly memory: Memory,
    private readonly functions: Record<Name, Run>,
  ) {}

  /**
   * @param file assembled by the build
   * @returns undefined where the processor lacks vector instructions
   */
  static load<Name extends string>(file: URL, names: readonly Name[]): ArenaKernels<Name> | undefined {
    try {
      const memory = new engine.Memory({ initial: 1 });
      const { exports } = new engine.Instance(new engine.Module(readFileSync(file)), { env: { memory } });
      const functions = Object.fromEntries(names.map((name) => [name, exports[name]])) as Record<Name, Run>;
      return new ArenaKernels(memory, functions);
    } catch (thrown) {
      if (thrown instanceof engine.CompileError) return undefined;
      throw thrown;
    }
  }

  call(name: Name, ...parameters: number[]): void {
    this.functions[name](...parameters);
  }

  /** Places of so many bytes each. What is there is left from earlier; the next call ends it. */
  arena<Place extends string>(sizes: Record<Place, number>): Arena<Place> {
    const at = {} as Record<Place, number>;
    let end = 0;
    for (const place of Object.keys(sizes) as Place[]) {
      at[place] = end;
      end += aligned(sizes[place] + spare);
    }
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageBytes));
    return new Arena(this.memory.buffer, at, sizes);
  }
}

class Arena<Place extends string> {
  constructor(
    private readonly buffer: ArrayBuffer,
    /** Where a place begins. */
    readonly at: Readonly<Record<Place, number>>,
    private readonly sizes: Readonly<Record<Place, number>>,
  ) {}

  bytes(place: Place): Uint8Array {
    return new Uint8Array(this.buffer, this.at[place], this.sizes[place]);
  }

  int16(place: Place): Int16Array {
    return new Int16Array(this.buffer, this.at[place], this.sizes[place] / 2);
  }

  int32(place: Place): Int32Array {
    return new Int32Array(this.buffer, this.at[place], this.sizes[place] / 4);
  }
}

export function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
