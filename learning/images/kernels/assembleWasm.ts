/**
 * WebAssembly's text format, as much of it as the kernels here use, to its binary format: folded instructions on i32 and v128, loops,
 * one imported memory. Vector instructions are what JavaScript lacks; a compiler for them would be a tool for forty lines.
 */

type Node = string | Node[];

/** Opcodes. Numbers from 256 on are vector instructions, behind their prefix. */
const opcodes: Record<string, number> = {
  'local.get': 0x20,
  'local.set': 0x21,
  'i32.const': 0x41,
  'i32.load': 0x28,
  'i32.store': 0x36,
  'i32.store8': 0x3a,
  'i32.lt_s': 0x48,
  'i32.gt_s': 0x4a,
  'i32.add': 0x6a,
  'i32.mul': 0x6c,
  'i32.shr_s': 0x75,
  select: 0x1b,
  br_if: 0x0d,
  'v128.load': 256,
  'v128.load8x8_u': 256 + 2,
  'v128.load32_splat': 256 + 9,
  'v128.store': 256 + 11,
  'v128.const': 256 + 12,
  'i8x16.shuffle': 256 + 13,
  'i8x16.swizzle': 256 + 14,
  'i16x8.splat': 256 + 16,
  'i32x4.splat': 256 + 17,
  'i32x4.extract_lane': 256 + 27,
  'i8x16.narrow_i16x8_u': 256 + 102,
  'i16x8.narrow_i32x4_s': 256 + 133,
  'i16x8.narrow_i32x4_u': 256 + 134,
  'i16x8.extend_low_i8x16_u': 256 + 137,
  'i16x8.extend_high_i8x16_u': 256 + 138,
  'i32x4.shl': 256 + 171,
  'i32x4.shr_s': 256 + 172,
  'i32x4.shr_u': 256 + 173,
  'i32x4.add': 256 + 174,
  'i32x4.dot_i16x8_s': 256 + 186,
  'i32x4.extmul_low_i16x8_u': 256 + 190,
  'i32x4.extmul_high_i16x8_u': 256 + 191,
};

const types: Record<string, number> = { i32: 0x7f, v128: 0x7b };
const [empty, end, loop, exported, imported] = [0x40, 0x0b, 0x03, 0, 2];

/** @param functions each `(func $name (param $a i32) … (local $b v128) … instruction …)`, exported under its name; no results */
export function assembleWasm(functions: string): Uint8Array<ArrayBuffer> {
  const parsed = parse(`(${functions})`).map((node) => functionOf(list(node)));
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(parsed.map(({ parameters }) => [0x60, ...vector(parameters.map((type) => [type])), 0]))),
    ...section(imported, vector([[...text('env'), ...text('memory'), 2, 0, 1]])),
    ...section(3, vector(parsed.map((_, index) => unsigned(index)))),
    ...section(7, vector(parsed.map(({ name }, index) => [...text(name), exported, ...unsigned(index)]))),
    ...section(
      10,
      vector(
        parsed.map(({ locals, body }) => {
          const code = [...vector(locals.map((type) => [1, type])), ...body, end];
          return [...unsigned(code.length), ...code];
        }),
      ),
    ),
  ];
  return Uint8Array.from(bytes);
}

function functionOf([, name, ...rest]: Node[]): {
  name: string;
  parameters: number[];
  locals: number[];
  body: number[];
} {
  const names: string[] = [];
  const declared = (kind: string): number[] =>
    rest.map(list).flatMap(([which, variable, type]) => {
      if (which !== kind) return [];
      names.push(word(variable));
      return [known(types, word(type))];
    });
  const [parameters, locals] = [declared('param'), declared('local')];
  const body = rest.filter((node) => !['param', 'local'].includes(word(list(node)[0])));
  const encode = (node: Node, labels: readonly string[]): number[] => {
    const [head, ...operands] = list(node);
    const operation = word(head);
    if (operation === 'loop') {
      const [label, ...inside] = operands;
      const within = [word(label), ...labels];
      return [loop, empty, ...inside.flatMap((one) => encode(one, within)), end];
    }
    const immediates = operands.filter((operand) => typeof operand === 'string');
    const before = operands.filter((operand) => typeof operand !== 'string').flatMap((one) => encode(one, labels));
    const code = known(opcodes, operation);
    const opcode = code < 256 ? [code] : [0xfd, ...unsigned(code - 256)];
    if (operation.startsWith('local.')) return [...before, ...opcode, ...unsigned(names.indexOf(word(immediates[0])))];
    if (operation === 'br_if') return [...before, ...opcode, ...unsigned(labels.indexOf(word(immediates[0])))];
    if (operation === 'i32.const') return [...opcode, ...signed(Number(immediates[0]))];
    // Alignment is a hint, and the offset comes behind it.
    if (/load|store/.test(operation)) return [...before, ...opcode, 0, ...unsigned(Number(immediates[0] ?? 0))];
    return [...before, ...opcode, ...immediates.map(Number)];
  };
  return { name: word(name).slice(1), parameters, locals, body: body.flatMap((node) => encode(node, [])) };
}

function parse(source: string): Node[] {
  const open: Node[][] = [[]];
  for (const token of source.match(/[()]|[^\s()]+/g) ?? []) {
    if (token === '(') open.push([]);
    else if (token === ')') {
      const closed = open.pop() ?? [];
      open.at(-1)?.push(closed);
    } else open.at(-1)?.push(token);
  }
  return list(open[0]?.[0]);
}

function list(node: Node | undefined): Node[] {
  if (!Array.isArray(node)) throw new SyntaxError(`expected a list, got ${node}`);
  return node;
}

function word(node: Node | undefined): string {
  if (typeof node !== 'string') throw new SyntaxError('expected a word, got a list');
  return node;
}

function known(table: Record<string, number>, name: string): number {
  const value = table[name];
  if (value === undefined) throw new SyntaxError(`unknown: ${name}`);
  return value;
}

const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
const vector = (items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (value: string): number[] => vector([...Buffer.from(value)].map((byte) => [byte]));

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}
