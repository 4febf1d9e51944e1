/** What doc comments say of the fields of a zod schema, by path: read from the source, where zod itself does not look. */
import ts from 'typescript';
import { docText, type SourceFile } from './sourceFile.js';

/** @param name of a constant that holds a schema; items of arrays have the index 0 */
export function schemaDocs(file: SourceFile, name: string): Map<string, string> {
  const docs: Docs = new Map();
  new Reader(docs).name(file, name, '');
  return new Map([...docs].map(([path, texts]) => [path, joined(path, texts)]));
}

/** Of each path what is said of it, by the kind of object it is a field of; `''` where there is only one kind. */
type Docs = Map<string, Map<string, string>>;

function joined(path: string, texts: ReadonlyMap<string, string>): string {
  const different = new Set(texts.values());
  const [only] = different;
  if (only !== undefined && different.size === 1 && !path.endsWith('.kind')) return only;
  return [...texts].map(([kind, text]) => (kind === '' ? text : `\`${kind}\`: ${text}`)).join(' ');
}

class Reader {
  constructor(private readonly docs: Docs) {}

  name(file: SourceFile, name: string, prefix: string): void {
    const declared = file.find(name);
    if (declared === undefined || !ts.isVariableDeclaration(declared.node)) return;
    if (declared.node.initializer !== undefined) this.expression(declared.file, declared.node.initializer, prefix);
  }

  private expression(file: SourceFile, node: ts.Expression, prefix: string): void {
    if (ts.isIdentifier(node)) this.name(file, node.text, prefix);
    else if (ts.isObjectLiteralExpression(node)) this.fields(file, node, prefix);
    else if (ts.isArrayLiteralExpression(node)) for (const one of node.elements) this.expression(file, one, prefix);
    else if (ts.isPropertyAccessExpression(node)) this.member(file, node, prefix);
    else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression: receiver, name } = node.expression;
      const isZod = receiver.getText() === 'z';
      // `z.object({…})`, `z.array(…)`, `z.union([…])`; else `schema.extend({…})`, `schema.partial()`.
      if (!isZod) this.expression(file, receiver, prefix);
      const below = isZod && name.text === 'array' ? under(prefix, '0') : prefix;
      if (isZod || name.text === 'extend') for (const one of node.arguments) this.expression(file, one, below);
    }
  }

  /** `schema.shape` is all of its fields; `fields.name` and `schema.shape.name` are one. */
  private member(file: SourceFile, { expression, name }: ts.PropertyAccessExpression, prefix: string): void {
    if (name.text === 'shape') {
      this.expression(file, expression, prefix);
      return;
    }
    const all: Docs = new Map();
    new Reader(all).expression(file, expression, '');
    for (const [path, texts] of all) {
      if (path === name.text) this.docs.set(prefix, texts);
      else if (path.startsWith(`${name.text}.`)) this.docs.set(under(prefix, path.slice(name.text.length + 1)), texts);
    }
  }

  private fields(file: SourceFile, { properties }: ts.ObjectLiteralExpression, prefix: string): void {
    const kind = properties.flatMap(
      (property) => /^kind: z\.literal\('(.*)'\)$/.exec(property.getText())?.[1] ?? [],
    )[0];
    for (const property of properties) {
      if (ts.isSpreadAssignment(property)) this.expression(file, property.expression, prefix);
      if (!ts.isPropertyAssignment(property) && !ts.isShorthandPropertyAssignment(property)) continue;
      const path = under(prefix, property.name.getText());
      this.expression(file, ts.isPropertyAssignment(property) ? property.initializer : property.name, path);
      this.note(path, docText(property), kind ?? '');
    }
  }

  /** What is said of a schema that extends another one takes the place of what was said before. */
  private note(path: string, text: string, kind: string): void {
    if (text === '') return;
    const known = kind === '' ? new Map<string, string>() : (this.docs.get(path) ?? new Map<string, string>());
    this.docs.set(path, known.set(kind, text));
  }
}

function under(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
