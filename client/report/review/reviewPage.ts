/** The page of a review: each picture beside what its label and another one look like, with what to decide. Pure. */
import type { ReviewedPicture } from '../../../contracts/data/labelReview.js';
import type { LabelReview, ReviewFinding } from '../../runs/review.js';
import { count, counted } from '../../text/format.js';
import { version } from '../../connection/version.js';
import { momentAt } from '../about.js';
import type { Thumbnail } from '../facts/thumbnails.js';
import { Html, html, named, nothing } from '../page/html.js';
import { page, type Section } from '../page/page.js';
import { findingKinds, reasonsOf, reviewNotes, reviewSentence, type FindingKind } from './kinds.js';
import { decidedLabel, shownLabel } from './labelNames.js';
import { script } from './script.js';
import { reviewStyle } from './style.js';

/** What the keys do, for those who take no mouse. */
const keys = [
  ['K', 'keep'],
  ['R', 'relabel as suggested'],
  ['C', 'choose another label'],
  ['D', 'drop'],
  ['U', 'undo'],
  ['N', 'next'],
  ['P', 'previous'],
  ['S', 'save'],
] as const;

/** Cards on a page: as many as one sits through, some 10 MB of pictures. */
export const mostShown = 600;

/** What a page shows of a review, which may have found more. */
export function shownFindings({ findings }: Pick<LabelReview, 'findings'>): ReviewFinding[] {
  const sections = findingKinds.flatMap((kind) => ofKind(kind, findings));
  return sections.slice(0, mostShown);
}

/** The pictures that a page needs: those of the findings, the others they look like, and the examples of the classes. */
export function picturesOf(review: LabelReview): ReviewedPicture[] {
  const shown = shownFindings(review);
  return [...shown.flatMap(({ picture, alike = [] }) => [picture, ...alike]), ...review.examples.flat()];
}

/**
 * @param pictures by path
 * @param at when it is made, in milliseconds since 1970
 */
export function reviewPage(review: LabelReview, pictures: ReadonlyMap<string, Thumbnail>, at: number): string {
  const shown = shownFindings(review);
  const { findings, classes, counts } = review;
  const sections = findingKinds.flatMap((kind): Section[] => {
    const own = ofKind(kind, shown);
    if (own.length === 0) return [];
    return [{ id: kind.id, title: `${kind.title} (${count(own.length)})`, body: cards(kind, own, review, pictures) }];
  });
  return page({
    title: `Labels of ${review.source}`,
    about: nothing,
    head: html`<div class="verdict ${shown.length === 0 ? 'good' : 'open'}">
        <p>${reviewSentence(review)}</p>
        ${
          shown.length > 0 &&
          html`<p>
            Keep, relabel or drop each picture, and save <code>review.csv</code>. Then train with
            <code>--labels review.csv</code>. The pictures themselves stay as they are.
          </p>`
        }
        ${
          findings.length > shown.length &&
          html`<p>
            The page shows ${count(shown.length)} of ${counted(findings.length, 'picture')}; the table has all.
          </p>`
        }
        ${reviewNotes(review).map((note) => html`<p>${note}</p>`)}
      </div>
      <ul class="tiles">
        ${findingKinds.map(
          ({ id, title }) => html`<li><strong>${count(counts[id])}</strong><span>${title.toLowerCase()}</span></li>`,
        )}
      </ul>
      ${
        shown.length > 0 &&
        html`<p class="quiet keys">${keys.map(([key, what]) => html`<kbd>${key}</kbd> ${what} `)}</p>`
      }
      <p class="quiet unscripted">This page needs scripts to take decisions. Without them, fill in the table.</p>`,
    sections: [...sections, { id: 'classes-shown', title: 'The classes', body: classExamples(review, pictures) }],
    foot: `Made ${momentAt(at)} by Graftwork ${version}, with ${review.backbone} in ${review.folds} folds.`,
    looks: reviewStyle,
    acts: {
      script,
      id: review.dataset,
      parts: html`<script type="application/json" id="classes">
          ${jsonWithin(classes)}
        </script>
        ${shown.length > 0 && bar(shown.length)}`,
    },
  });
}

/** Of this section: a picture stands in the first that it belongs to. */
function ofKind(kind: FindingKind, findings: readonly ReviewFinding[]): ReviewFinding[] {
  return findings.filter((finding) => findingKinds.find(({ is }) => is(finding)) === kind);
}

/** No `<` of a name can end the element. */
function jsonWithin(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

function bar(all: number): Html {
  return html`<div class="bar" role="toolbar" aria-label="Review">
    <button type="button" id="previous">Previous <kbd>P</kbd></button>
    <button type="button" id="next">Next <kbd>N</kbd></button>
    <span id="count" role="status"></span>
    <progress id="progress" max="${all}" value="0" aria-label="Decided"></progress>
    <button type="button" id="save">Save<span class="long"> review.csv</span> <kbd>S</kbd></button>
    <span id="saved" role="status" class="quiet"></span>
  </div>`;
}

function cards(
  { text }: FindingKind,
  findings: readonly ReviewFinding[],
  review: LabelReview,
  pictures: ReadonlyMap<string, Thumbnail>,
): Html {
  return html`<p>${text}</p>
    <ol class="findings">
      ${findings.map((finding) => card(finding, review, pictures))}
    </ol>`;
}

function card(finding: ReviewFinding, review: LabelReview, pictures: ReadonlyMap<string, Thumbnail>): Html {
  const { picture, suggested, alike = [] } = finding;
  const own = shownLabel(review, picture.label);
  const other = suggested === undefined ? '' : shownLabel(review, suggested);
  return html`<li
    class="finding"
    tabindex="-1"
    data-path="${picture.path}"
    data-sha256="${picture.sha256}"
    data-given="${decidedLabel(review, picture.label)}"
    data-suggested="${suggested === undefined ? '' : decidedLabel(review, suggested)}"
  >
    <div class="shown">
      <figure>${thumbnail(picture, pictures)}</figure>
      ${alike.map(
        (twin) =>
          html`<figure class="example">
            ${thumbnail(twin, pictures)}
            <figcaption>looks alike, ${named(shownLabel(review, twin.label))}</figcaption>
          </figure>`,
      )}
      ${classesOf(finding, review).map((label) => example(label, review.classes[label] ?? ''))}
    </div>
    <div>
      <h3>
        ${named(own)}${suggested !== undefined && html`, or rather ${named(other)}?`}
        <code>${named(picture.path)}</code>
      </h3>
      <ul class="why">
        ${reasonsOf(finding, review).map((reason) => html`<li>${reason}</li>`)}
      </ul>
      <div class="decide" role="group" aria-label="Decision on ${picture.path}">
        <button type="button" data-decision="keep" aria-pressed="false">Keep <kbd>K</kbd></button>
        ${
          suggested !== undefined &&
          html`<button type="button" data-decision="relabel" aria-pressed="false">
            Relabel: ${named(other)} <kbd>R</kbd>
          </button>`
        }
        <button type="button" data-decision="drop" aria-pressed="false">Drop <kbd>D</kbd></button>
        ${review.labelSets === undefined ? otherLabel : otherLabels(picture)}
      </div>
      <p class="decision" role="status"></p>
    </div>
  </li>`;
}

/** Those that a person compares it with: of several labels the first two that are doubted. */
function classesOf({ picture, suggested, doubt }: ReviewFinding, { labelSets }: LabelReview): number[] {
  if (labelSets === undefined) return [picture.label, ...(suggested === undefined ? [] : [suggested])];
  return (doubt?.labels ?? []).slice(0, 2).map(({ label }) => label);
}

/** The script fills both with the classes. */
const otherLabel = html`<select aria-label="Another label">
  <option value="">another label …</option>
</select>`;

function otherLabels({ path }: ReviewedPicture): Html {
  return html`<details class="choose">
    <summary>Other labels … <kbd>C</kbd></summary>
    <fieldset aria-label="Labels of ${path}"></fieldset>
  </details>`;
}

/** The script fills it with the picture of the class, which stands in the page once. */
function example(label: number, name: string): Html {
  return html`<figure class="example">
    <img data-example="class-${label}" alt="" width="120" />
    <figcaption>usual ${named(name)}</figcaption>
  </figure>`;
}

function classExamples({ classes, examples }: LabelReview, pictures: ReadonlyMap<string, Thumbnail>): Html {
  return html`<p>The pictures nearest to the middle of each class.</p>
    <ul class="pictures">
      ${examples.map((own, label) =>
        own.map(
          (picture, place) =>
            html`<li>
              <figure>
                ${thumbnail(picture, pictures, place === 0 ? `class-${label}` : '')}
                <figcaption>
                  <strong>${named(classes[label] ?? '')}</strong><code>${named(picture.path)}</code>
                </figcaption>
              </figure>
            </li>`,
        ),
      )}
    </ul>`;
}

function thumbnail({ path }: ReviewedPicture, pictures: ReadonlyMap<string, Thumbnail>, id = ''): Html {
  const found = pictures.get(path);
  if (found === undefined || 'missing' in found) {
    return html`<p class="missing">No picture: ${found?.missing ?? 'it was not looked for'}</p>`;
  }
  const { uri, width, height } = found;
  const own = id === '' ? nothing : html`id="${id}"`;
  return html`<img ${own} src="${uri}" width="${width}" height="${height}" alt="${path}" />`;
}
