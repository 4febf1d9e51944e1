/** The report of a model on other pictures: the sections of a run's test, and what of the source was left out. Pure. */
import type { PictureLeak, PictureTest } from '../../contracts/models/pictureTest.js';
import { balanceOf } from '../../learning/metrics/balance.js';
import { count, counted, percent } from '../text/format.js';
import { leakNote, pictureTestSentence } from '../text/pictureTestText.js';
import { version } from '../connection/version.js';
import { momentAt } from './about.js';
import { labelNames } from './facts/mistakes.js';
import type { Thumbnail } from './facts/thumbnails.js';
import { html, named, nothing, type Html } from './page/html.js';
import { page } from './page/page.js';
import { table } from './page/table.js';
import { testTiles } from './testTiles.js';
import { classesSection } from './sections/classes.js';
import { confusionOf } from './sections/confusion.js';
import { judgementNotes } from './sections/judged.js';
import { mistakesSection } from './sections/mistakes.js';
import { reliabilitySection } from './sections/reliability.js';

/** Rows of a list shown; `--json` has more of them. */
const mostListed = 30;

/**
 * @param pictures of the mistakes, by path
 * @param at when it is made, in milliseconds since 1970
 */
export function testPage(test: PictureTest, pictures: ReadonlyMap<string, Thumbnail>, at: number): string {
  const { model, evaluation, mistakes } = test;
  const title = `${model.name}@${model.version} on ${test.uri}`;
  const wrong = Math.round(evaluation.count * (1 - evaluation.top1));
  const classes = evaluation.perClass.map(({ class: name }) => name);
  const shown = mistakes.map(({ label, truth, predicted, ...mistake }) => ({
    ...mistake,
    label: truth === undefined ? (classes[label] ?? String(label)) : labelNames(truth, classes),
    predicted: classes[predicted] ?? String(predicted),
  }));
  return page({
    title,
    about: nothing,
    head: html`<div class="verdict ${isClean(test) ? 'good' : 'open'}">
        <p>${pictureTestSentence(test)}</p>
        <p>${leakNote(test)}</p>
        ${balanceNote(test)}
      </div>
      <ul class="tiles">
        ${testTiles(evaluation)}
      </ul>
      ${judgementNotes(evaluation)}`,
    sections: [
      ...confusionOf(evaluation),
      { id: 'classes', title: 'Classes', body: classesSection(evaluation) },
      { id: 'reliability', title: 'Calibration', body: reliabilitySection(evaluation, null) },
      { id: 'mistakes', title: 'Most confident mistakes', body: mistakesSection(shown, wrong, pictures) },
      { id: 'data', title: 'Data', body: dataSection(test) },
    ],
    foot: `Made ${momentAt(at)} by Graftwork ${version}.`,
  });
}

function isClean({ leaks: { counts, leftOut, isWhole } }: PictureTest): boolean {
  return isWhole && (leftOut || Object.values(counts).every((found) => found === 0));
}

function balanceNote({ evaluation }: PictureTest): Html {
  const balance = balanceOf(evaluation);
  if (balance === undefined) return nothing;
  const { accuracy, least } = balance;
  return html`<p>
    The classes are uneven: their mean recall is ${percent(accuracy)}, and the least is ${percent(least.recall)}, of
    ${named(least.class)}.
  </p>`;
}

/** What is the matter with a leak, in words. */
const kinds: Record<PictureLeak['kind'], string> = {
  identical: 'the same file',
  alike: 'looks like a training picture',
  group: 'of a group that training had pictures of',
};

function dataSection({ leaks, unusable, notes, gone }: PictureTest): Html {
  const all = Object.values(leaks.counts).reduce((sum, found) => sum + found, 0);
  return html`${
      notes.length > 0 &&
      html`<ul>
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`
    }
    ${gone > 0 && html`<p>${counted(gone, 'picture')} had changed or gone before the model could see them.</p>`}
    <h3>Leaks</h3>
    ${
      all === 0
        ? html`<p>None: the model has not seen these pictures in its training.</p>`
        : table(
            ['picture', 'why'],
            leaks.examples
              .slice(0, mostListed)
              .map(({ path, kind }) => [html`<code>${named(path)}</code>`, kinds[kind]]),
            `Pictures that the model knows${all > mostListed ? `: ${mostListed} of ${count(all)}` : ''}`,
          )
    }
    <h3>Put aside</h3>
    ${
      unusable.count === 0
        ? html`<p>No file.</p>`
        : table(
            ['file', 'reason'],
            unusable.examples
              .slice(0, mostListed)
              .map(({ path, reason }) => [html`<code>${named(path)}</code>`, reason]),
            `Files put aside: ${count(unusable.count)}`,
          )
    }`;
}
