/** A source file as a tree, with a way to what its names stand for, in whichever file that is. Nothing is type-checked. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export interface Declared {
  file: SourceFile;
  node: ts.Node;
}

export class SourceFile {
  private static readonly sources = new Map<string, SourceFile>();
  readonly tree: ts.SourceFile;

  private constructor(readonly path: string) {
    this.tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  }

  static read(path: string): SourceFile {
    const known = SourceFile.sources.get(path) ?? new SourceFile(path);
    SourceFile.sources.set(path, known);
    return known;
  }

  /** The file a relative import names. */
  neighbour(specifier: string): SourceFile {
    return SourceFile.read(join(dirname(this.path), specifier.replace(/\.js$/, '.ts')));
  }

  /** A constant, function, class, interface or type by its name, here or where it is imported from. */
  find(name: string): Declared | undefined {
    for (const statement of this.tree.statements) {
      if (ts.isVariableStatement(statement)) {
        const found = statement.declarationList.declarations.find((declared) => declared.name.getText() === name);
        if (found !== undefined) return { file: this, node: found };
      }
      const isNamed =
        ts.isClassDeclaration(statement) ||
        ts.isInterfaceDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement) ||
        ts.isFunctionDeclaration(statement);
      if (isNamed && statement.name?.text === name) return { file: this, node: statement };
      const named = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
      if (named === undefined || !ts.isNamedImports(named)) continue;
      const imported = named.elements.find((element) => element.name.text === name);
      if (imported === undefined) continue;
      const { moduleSpecifier } = statement as ts.ImportDeclaration & { moduleSpecifier: ts.StringLiteral };
      if (!moduleSpecifier.text.startsWith('.')) return undefined;
      return this.neighbour(moduleSpecifier.text).find((imported.propertyName ?? imported.name).text);
    }
    return undefined;
  }
}

/** The text of a node's own doc comment, without its tags; empty where there is none. */
export function docText(node: ts.Node): string {
  return docOf(node) === undefined ? '' : plain(ts.getTextOfJSDocComment(docOf(node)?.comment));
}

/** Tags of a node's own doc comment, in their order. */
export function docTags(node: ts.Node): { tag: string; name: string; text: string }[] {
  return (docOf(node)?.tags ?? []).map((tag) => {
    const name = ts.isJSDocParameterTag(tag) ? tag.name.getText() : '';
    // `@throws GraftworkError …` has no type in braces, but its first word is not text to the parser everywhere.
    const text = tag.getText().replace(/^@\w+\s*/, '');
    return { tag: tag.tagName.text, name, text: plain(name === '' ? text : text.replace(name, '')) };
  });
}

function docOf(node: ts.Node): ts.JSDoc | undefined {
  return ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc);
}

/** On one line; links as the words they show; without the stars of a comment. */
function plain(text: string | undefined): string {
  return (text ?? '')
    .replace(/\n\s*\*\s?/g, '\n')
    .replace(/\{@link\s+([^}\s]+)\s*\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
}
