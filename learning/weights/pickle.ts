/**
 * A restricted reader of Python pickles, protocol 2: enough for a dictionary of tensors, and nothing that can run.
 * It knows a fixed set of opcodes and asks its caller about every global; whatever is not known is refused by name.
 */
import { GraftworkError } from '../../contracts/errors.js';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Map<PickleValue, PickleValue>
  | PickleValue[]
  | PickleGlobal
  | PickleObject;

/** A name the pickle refers to, e.g. `torch.FloatStorage`; only ever compared, never looked up. */
export class PickleGlobal {
  constructor(readonly path: string) {}
}

/** Something a caller's rule made. */
export class PickleObject {
  constructor(readonly value: object) {}
}

export interface PickleRules {
  /** Globals that may be named, as `module.name`. */
  readonly globals: ReadonlySet<string>;
  /** The result of calling an allowed global. */
  call(path: string, parameters: readonly PickleValue[]): PickleValue;
  /** The object a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
}

export function refusePickle(reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `The weights' pickle is refused: ${reason}.`, {
    remedy: 'If you trust the weights, convert them to safetensors and use that file.',
  });
}

/** Each makes one object at most. A checkpoint with the state of its training has a hundred thousand. */
const mostInstructions = 2_000_000;

const mark = Symbol('mark');
type StackItem = PickleValue | typeof mark;

/**
 * Read one pickle that begins at `offset`.
 * @returns the value, and the offset just after the pickle
 * @throws GW_WEIGHTS_REFUSED naming the opcode or global that is not allowed
 */
export function unpickle(bytes: Buffer, offset: number, rules: PickleRules): { value: PickleValue; end: number } {
  const machine = new Machine(bytes, offset, rules);
  return { value: machine.run(), end: machine.position };
}

class Machine {
  private readonly stack: StackItem[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly bytes: Buffer,
    public position: number,
    private readonly rules: PickleRules,
  ) {}

  run(): PickleValue {
    for (let left = mostInstructions; left > 0; left -= 1) {
      const at = this.position;
      const opcode = this.bytes[this.take(1)]!;
      if (opcode === 0x2e) return this.pop(); // STOP
      if (!this.constant(opcode) && !this.container(opcode) && !this.reference(opcode)) {
        throw refusePickle(`opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${at} is not allowed`);
      }
    }
    throw refusePickle(`it has more than ${mostInstructions} instructions`);
  }

  /** Numbers, texts and names. */
  private constant(opcode: number): boolean {
    const { bytes, stack } = this;
    switch (opcode) {
      case 0x80: // PROTO
        if (bytes[this.take(1)] !== 2) throw refusePickle('its protocol is not 2');
        return true;
      case 0x4e: // NONE
        stack.push(null);
        return true;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88);
        return true;
      case 0x4a: // BININT
        stack.push(bytes.readInt32LE(this.take(4)));
        return true;
      case 0x4b: // BININT1
        stack.push(bytes.readUInt8(this.take(1)));
        return true;
      case 0x4d: // BININT2
        stack.push(bytes.readUInt16LE(this.take(2)));
        return true;
      case 0x8a: // LONG1
        stack.push(this.long(bytes.readUInt8(this.take(1))));
        return true;
      case 0x47: // BINFLOAT
        stack.push(bytes.readDoubleBE(this.take(8)));
        return true;
      case 0x58: // BINUNICODE
        stack.push(this.text(bytes.readUInt32LE(this.take(4))));
        return true;
      case 0x55: // SHORT_BINSTRING, as Python 2 wrote texts
        stack.push(this.text(bytes.readUInt8(this.take(1))));
        return true;
      case 0x63: // GLOBAL
        stack.push(this.global());
        return true;
      default:
        return false;
    }
  }

  /** Tuples, lists and dictionaries. */
  private container(opcode: number): boolean {
    const { stack } = this;
    switch (opcode) {
      case 0x28: // MARK
        stack.push(mark);
        return true;
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        return true;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        return true;
      case 0x74: // TUPLE
        stack.push(this.popToMark());
        return true;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(Array.from({ length: opcode - 0x84 }, () => this.pop()).reverse());
        return true;
      case 0x61: {
        // APPEND
        const item = this.pop();
        this.topAs(Array.isArray, 'a list').push(item);
        return true;
      }
      case 0x65: {
        // APPENDS
        const items = this.popToMark();
        const list = this.topAs(Array.isArray, 'a list');
        for (const item of items) list.push(item);
        return true;
      }
      case 0x73: {
        // SETITEM
        const [value, key] = [this.pop(), this.pop()];
        this.topAs(isMap, 'a dictionary').set(key, value);
        return true;
      }
      case 0x75: {
        // SETITEMS
        const items = this.popToMark();
        const dictionary = this.topAs(isMap, 'a dictionary');
        for (let i = 0; i + 1 < items.length; i += 2) dictionary.set(items[i]!, items[i + 1]!);
        return true;
      }
      default:
        return false;
    }
  }

  /** The memo, calls and persistent objects. */
  private reference(opcode: number): boolean {
    const { bytes, stack, memo } = this;
    switch (opcode) {
      case 0x71: // BINPUT
        memo.set(bytes.readUInt8(this.take(1)), this.top());
        return true;
      case 0x72: // LONG_BINPUT
        memo.set(bytes.readUInt32LE(this.take(4)), this.top());
        return true;
      case 0x68: // BINGET
        stack.push(this.remembered(bytes.readUInt8(this.take(1))));
        return true;
      case 0x6a: // LONG_BINGET
        stack.push(this.remembered(bytes.readUInt32LE(this.take(4))));
        return true;
      case 0x51: // BINPERSID
        stack.push(this.rules.persistent(this.pop()));
        return true;
      case 0x52: {
        // REDUCE
        const [parameters, callee] = [this.pop(), this.pop()];
        if (!(callee instanceof PickleGlobal) || !Array.isArray(parameters))
          throw refusePickle('it calls something that is not a name');
        stack.push(this.rules.call(callee.path, parameters));
        return true;
      }
      case 0x62: // BUILD: attributes of a dictionary, such as `_metadata`, which nothing here needs
        this.pop();
        this.topAs(isMap, 'a dictionary');
        return true;
      default:
        return false;
    }
  }

  /** Move past `count` bytes; gives where they begin. */
  private take(count: number): number {
    const at = this.position;
    if (at + count > this.bytes.length) throw refusePickle('it ends early');
    this.position += count;
    return at;
  }

  private text(length: number): string {
    const at = this.take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw refusePickle('it ends early');
    const text = this.bytes.toString('utf8', this.position, end);
    this.position = end + 1;
    return text;
  }

  private long(length: number): number | bigint {
    const at = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i]!);
    const signed = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  private global(): PickleGlobal {
    const path = `${this.line()}.${this.line()}`;
    if (!this.rules.globals.has(path)) throw refusePickle(`it names '${path}', which is not allowed`);
    return new PickleGlobal(path);
  }

  private remembered(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw refusePickle('it refers to something that it never created');
    return value;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === mark) throw refusePickle('its stack is empty');
    return value;
  }

  private pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private popToMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(mark);
    if (at < 0) throw refusePickle('a mark is missing');
    return this.stack.splice(at).slice(1) as PickleValue[];
  }

  private topAs<V extends PickleValue>(is: (value: unknown) => value is V, what: string): V {
    const value = this.top();
    if (!is(value)) throw refusePickle(`it fills something that is not ${what}`);
    return value;
  }
}

function isMap(value: unknown): value is Map<PickleValue, PickleValue> {
  return value instanceof Map;
}
