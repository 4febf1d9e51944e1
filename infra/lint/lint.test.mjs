/** The lint of this checkout, run on sources that are wrong in one way each: every rule of .oxlintrc.json must still find its own. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../setup/command.mjs';
import { checkout, places } from '../setup/places.mjs';

const plugin = './infra/lint/plugin.mjs';
const settings = readFileSync(join(checkout, '.oxlintrc.json'), 'utf8');

/** @type {Record<string, string>} by rule, what it forbids */
const wrong = {
  eqeqeq: 'export const a = (b: number) => b == 1;',
  'prefer-const': 'let a = 1; export { a };',
  'no-var': 'export var a = 1;',
  'prefer-rest-params': 'export function a() { return [...arguments]; }',
  'prefer-spread': 'export const a = (b: (...c: number[]) => void, c: number[]) => b.apply(undefined, c);',
  'no-console': "console.log('a');",
  'no-unused-expressions': 'export const a = (b: number) => { b + 1; };',
  'no-unused-vars': 'const a = 1;',
  'no-array-constructor': 'export const a = new Array(1, 2);',
  'no-restricted-globals': "fetch('https://example.org').catch(() => undefined);",
  'graftwork/import-direction': "export { b } from '../storage/b.js';",
  'graftwork/no-private-identifier': 'export class A { readonly #a = 1; b() { return this.#a; } }',
  'typescript/await-thenable': 'export const a = async () => { await 1; };',
  'typescript/ban-ts-comment': '// @ts-expect-error: of a reason\nexport const a: string = 1;',
  'typescript/consistent-type-exports': "import { type Stats } from 'node:fs'; export { Stats };",
  'typescript/consistent-type-imports': "import { Stats } from 'node:fs'; export const a = (b: Stats) => b.size;",
  'typescript/no-array-delete': 'export const a = (b: number[]) => { delete b[0]; };',
  'typescript/no-base-to-string': 'export const a = (b: object) => String(b);',
  'typescript/no-duplicate-enum-values': 'export enum A { B = 1, C = 1 }',
  'typescript/no-duplicate-type-constituents': 'export type A = string | string;',
  'typescript/no-empty-object-type': 'export type A = {};',
  'typescript/no-explicit-any': 'export type A = any;',
  'typescript/no-extra-non-null-assertion': 'export const a = (b: string | undefined) => b!!;',
  'typescript/no-floating-promises': 'export const a = async () => 1; a();',
  'typescript/no-for-in-array': 'export const a = (b: number[]) => { for (const c in b) throw new Error(c); };',
  'typescript/no-implied-eval': "setTimeout('a()', 1);",
  'typescript/no-import-type-side-effects': "import { type Stats } from 'node:fs'; export type A = Stats;",
  'typescript/no-misused-new': 'export interface A { new (): A; constructor(): void; }',
  'typescript/no-misused-promises': 'export const a = (b: () => Promise<boolean>) => { if (b()) return 1; return 2; };',
  'typescript/no-namespace': 'export namespace A { export const b = 1; }',
  'typescript/no-non-null-asserted-optional-chain': 'export const a = (b?: { c: number }) => b?.c!;',
  'typescript/no-redundant-type-constituents': "export type A = string | 'a' | unknown;",
  'typescript/no-require-imports': "import a = require('node:fs'); export { a };",
  'typescript/no-this-alias': 'export class A { b() { const self = this; return () => self; } }',
  'typescript/no-unnecessary-type-assertion': 'export const a = (b: string) => b as string;',
  'typescript/no-unnecessary-type-constraint': 'export const a = <B extends unknown>(b: B) => b;',
  'typescript/no-unsafe-argument': "export const a = (b: (c: string) => void) => b(JSON.parse('1'));",
  'typescript/no-unsafe-assignment':
    "export const a: unknown[] = []; a[0] = 1; const b = JSON.parse('1'); export { b };",
  'typescript/no-unsafe-call': "export const a = () => { JSON.parse('1')(); };",
  'typescript/no-unsafe-declaration-merging': 'export interface A { b: string } export class A { readonly c = 1; }',
  'typescript/no-unsafe-function-type': 'export type A = Function;',
  'typescript/no-unsafe-member-access': "export const a = (): unknown => JSON.parse('1').b;",
  'typescript/no-unsafe-return': "export const a = () => JSON.parse('1');",
  'typescript/no-unsafe-unary-minus': 'export const a = (b: string) => -b;',
  'typescript/no-wrapper-object-types': 'export type A = String;',
  'typescript/only-throw-error': "export const a = () => { throw 'b'; };",
  'typescript/prefer-as-const': "export const a = 'b' as 'b';",
  'typescript/prefer-namespace-keyword': 'export declare module A { const b: number; }',
  'typescript/prefer-promise-reject-errors': "export const a = () => Promise.reject('b');",
  'typescript/prefer-readonly': 'export class A { private b = 1; c() { return this.b; } }',
  'typescript/restrict-plus-operands': "export const a = (b: { c: number }) => b + 'd';",
  'typescript/restrict-template-expressions': 'export const a = (b: { c: number }) => `${b}`;',
  'typescript/return-await': 'export async function a(b: Promise<void>) { try { return b; } catch { return; } }',
  'typescript/switch-exhaustiveness-check':
    "export const a = (b: 'c' | 'd') => { switch (b) { case 'c': return 1; } return 2; };",
  'typescript/triple-slash-reference': "/// <reference path='./b.ts' />\nexport const a = 1;",
  'typescript/unbound-method': 'export class A { b() { return this; } } export const c = new A().b;',
};

/** @type {Record<string, string>} by file, imports that one room may not have of another */
const misdirected = {
  'learning/room.ts': "import { b } from '../storage/b.js';",
  'client/room.ts': "await import('../learning/index.js');",
  'contracts/room.ts': "export * from '../learning/b.js';",
  'workflows/types.ts': "import { b } from '../activities/b.js';",
  'learning/package.ts': "import { b } from '@temporalio/client';",
  'infra/room.ts': "const zod = await import('zod');",
};

/** @type {Record<string, string>} by file, what is allowed there */
const right = {
  'activities/ingest.ts': "export { a } from '../learning/a.js';",
  'workflows/train.ts': "export type { A } from '../activities/a.js';",
  'workflows/train.test.ts': 'export const a = process.env.A;',
  'learning/deep/a.ts': "export { b } from '../other/b.js';",
  'learning/a.test.ts': "export { b } from '../storage/b.js';",
  'infra/a.ts': "export { join } from 'node:path';",
  'client/a.ts': "await import('../learning/export/index.js');",
  'learning/floating.ts': "import { test } from 'node:test'; test('a', () => {});",
  'learning/unused.ts':
    'export const a = (_b: number) => 1; export const c = ({ d: _d, ...e }: Record<string, number>) => e;',
  'learning/template.ts': 'export const a = (b: number, c: boolean) => `${b}${c}`;',
  'learning/exhaustive.ts':
    "export const a = (b: 'c' | 'd') => { switch (b) { case 'c': return 1; default: return 2; } };",
};

const unusedDirective = 'infra/unused.mjs';

/** @param {string} rule */
const fileOf = (rule) => `${rule === 'no-restricted-globals' ? 'workflows' : 'learning'}/${rule.replace('/', '-')}.ts`;

const folder = mkdtempSync(join(tmpdir(), 'lint-'));
after(() => rmSync(folder, { recursive: true }));

/** @param {string} file @param {string} text */
function lay(file, text) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${text}\n`);
}

lay('.oxlintrc.json', settings.replace(plugin, join(checkout, plugin)));
// Temporary files may lie where the checkout's .gitignore holds: a repository of its own has none.
mkdirSync(join(folder, '.git'));
lay('package.json', '{ "type": "module" }');
const types = { extends: join(checkout, 'tsconfig.json'), compilerOptions: { rootDir: '.' }, include: ['*/**/*.ts'] };
lay('tsconfig.json', JSON.stringify(types));
symlinkSync(places.nodeModules, join(folder, 'node_modules'));
for (const [rule, text] of Object.entries(wrong)) lay(fileOf(rule), text);
for (const [file, text] of Object.entries({ ...misdirected, ...right })) lay(file, text);
lay(unusedDirective, '// eslint-disable-next-line no-var\nexport const a = 1;');

const { output } = await run(process.execPath, [join(places.nodeModules, 'oxlint', 'bin', 'oxlint'), '-f', 'json'], {
  cwd: folder,
});
/** @type {{diagnostics: {code?: string, message: string, filename: string}[]}} */
const { diagnostics } = JSON.parse(output);

/** @param {string} file @returns {string[]} the rules that found something there: `typescript/no-for-in-array`, `no-var` */
const foundIn = (file) =>
  diagnostics
    .filter(({ filename }) => filename === file)
    .map(({ code = '' }) => code.replace(/^eslint\((.*)\)$/, '$1').replace(/^(.*)\((.*)\)$/, '$1/$2'));

test('every rule that is on has a source here that it must find', () => {
  const { rules, overrides } = JSON.parse(settings.replaceAll(/^\s*\/\/.*$/gm, ''));
  const on = [rules, ...overrides.map((/** @type {{rules: object}} */ one) => one.rules)].flatMap((some) =>
    Object.keys(some).filter((rule) => some[rule] !== 'off'),
  );
  assert.deepEqual(Object.keys(wrong).sort(), [...new Set(on)].sort());
});

for (const rule of Object.keys(wrong))
  test(`${rule} finds what it forbids`, () => assert.ok(foundIn(fileOf(rule)).includes(rule), output));

for (const [file, text] of Object.entries(misdirected))
  test(`${file} may not have: ${text}`, () => assert.ok(foundIn(file).includes('graftwork/import-direction')));

for (const [file, text] of Object.entries(right))
  test(`${file} may have: ${text}`, () => assert.deepEqual(foundIn(file), []));

test('a comment that switches off a rule which finds nothing is reported', () => {
  assert.ok(diagnostics.some(({ filename, message }) => filename === unusedDirective && /Unused/.test(message)));
});
