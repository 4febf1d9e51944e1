/** A textlint rule: a sentence has at most so many words. */
import type { TextlintRuleReporter } from '@textlint/kernel';
import { SentenceSplitterSyntax, splitAST } from 'sentence-splitter';

/** As many words as a reader keeps in mind. */
export const mostWords = 25;

/** What the rule needs of a node, whichever of textlint's kinds it is. */
interface Node {
  type: string;
  range: readonly [number, number];
  value?: string;
  children?: readonly Node[];
}

export const sentenceLength: TextlintRuleReporter = ({ Syntax, RuleError, report, locator }) => {
  const check = (node: unknown): void => {
    for (const { text, start } of sentencesOf(node as Node)) {
      const words = countWords(text);
      if (words <= mostWords) continue;
      const padding = locator.at(start - (node as Node).range[0]);
      report(node as never, new RuleError(`${words} words, at most ${mostWords}: ${text}`, { padding }));
    }
  };
  return { [Syntax.Paragraph]: check, [Syntax.Header]: check, [Syntax.TableCell]: check };
};

interface Sentence {
  text: string;
  /** Where it begins in the file, in characters. */
  start: number;
}

/**
 * What the splitter does not see: a colon ends a sentence where a capital follows; so do the stop after a figure, a
 * piece of code or a bracket, and that of words that stand out at the beginning.
 */
const sentenceEnd = /\n|(?<=:|[\dsSB%`)]\.)\s+(?=[“"(]?[A-Z])/;

function sentencesOf(paragraph: Node): Sentence[] {
  // Most paragraphs are as short as a sentence may be: splitting takes longer than all else of the lint.
  if (countWords(textOf(paragraph)) <= mostWords) return [];
  const { children = [] } = splitAST(paragraph as Parameters<typeof splitAST>[0]) as Node;
  return children
    .filter(({ type }) => type === SentenceSplitterSyntax.Sentence)
    .flatMap((sentence) =>
      textOf(sentence)
        .split(sentenceEnd)
        .map((text) => ({ text, start: sentence.range[0] })),
    );
}

/** Kinds of node that begin a paragraph like a heading: **Stopping.** */
const standOut = new Set(['Strong', 'Emphasis']);

/** As it is read: of links the words; a piece of code is one word. */
function textOf({ type, value = '', children }: Node): string {
  if (type === 'Code') return '`…`';
  if (type === 'Html') return '';
  if (type === 'Break') return ' ';
  if (children === undefined) return value.replace(/\s+/g, ' ');
  const text = children.map(textOf).join('');
  return standOut.has(type) && /[.!?:]$/.test(text) ? `${text}\n` : text;
}

/** Exported for its test. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}…]/u.test(word)).length;
}
