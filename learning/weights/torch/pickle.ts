/**
 * A restricted reader of Python pickles, protocol 2: enough for a dictionary of tensors, and nothing that can run.
 * It knows a fixed set of opcodes and asks its caller about every global; whatever is not known is refused by name.
 */
import { PickleBytes } from './pickleBytes.js';
import { PickleGlobal, refusePickle, type PickleRules, type PickleValue } from './pickleValues.js';

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
  const cursor = new PickleBytes(bytes, offset);
  return { value: new Machine(cursor, rules).run(), end: cursor.position };
}

class Machine {
  private readonly stack: StackItem[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly bytes: PickleBytes,
    private readonly rules: PickleRules,
  ) {}

  run(): PickleValue {
    for (let left = mostInstructions; left > 0; left -= 1) {
      const at = this.bytes.position;
      const opcode = this.bytes.uint8();
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
        if (bytes.uint8() !== 2) throw refusePickle('its protocol is not 2');
        return true;
      case 0x4e: // NONE
        stack.push(null);
        return true;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88);
        return true;
      case 0x4a: // BININT
        stack.push(bytes.int32());
        return true;
      case 0x4b: // BININT1
        stack.push(bytes.uint8());
        return true;
      case 0x4d: // BININT2
        stack.push(bytes.uint16());
        return true;
      case 0x8a: // LONG1
        stack.push(bytes.long(bytes.uint8()));
        return true;
      case 0x47: // BINFLOAT
        stack.push(bytes.double());
        return true;
      case 0x58: // BINUNICODE
        stack.push(bytes.text(bytes.uint32()));
        return true;
      case 0x55: // SHORT_BINSTRING, as Python 2 wrote texts
        stack.push(bytes.text(bytes.uint8()));
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
        memo.set(bytes.uint8(), this.top());
        return true;
      case 0x72: // LONG_BINPUT
        memo.set(bytes.uint32(), this.top());
        return true;
      case 0x68: // BINGET
        stack.push(this.remembered(bytes.uint8()));
        return true;
      case 0x6a: // LONG_BINGET
        stack.push(this.remembered(bytes.uint32()));
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

  private global(): PickleGlobal {
    const path = `${this.bytes.line()}.${this.bytes.line()}`;
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
