/** The linter of everything that a person reads: Markdown, help texts and messages, which are Markdown, too. */
import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import terminology from 'textlint-rule-terminology';
import { sentenceLength } from './sentenceLength.js';
import { terms } from './terms.js';

export interface Finding {
  line: number;
  /** What is wrong, and where. */
  text: string;
}

const kernel = new TextlintKernel();

const options = {
  ext: '.md',
  plugins: [{ pluginId: 'markdown', plugin: markdown.default }],
  rules: [
    { ruleId: 'sentence-length', rule: sentenceLength },
    { ruleId: 'terminology', rule: terminology, options: { terms, defaultTerms: false, skip: [] } },
  ],
};

export async function lintProse(text: string): Promise<Finding[]> {
  const { messages } = await kernel.lintText(text, options);
  return messages.map(({ ruleId, message, loc, range }) => ({
    line: loc.start.line,
    text: ruleId === 'terminology' ? `${message}: ${around(text, range)}` : message,
  }));
}

/** Characters shown on either side of a term. */
const shown = 60;

function around(text: string, [start, end]: readonly [number, number]): string {
  return text
    .slice(Math.max(0, start - shown), end + shown)
    .replace(/\s+/g, ' ')
    .trim();
}
