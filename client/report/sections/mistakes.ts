/** The mistakes a model is surest of: they show best what is wrong with it, or with the labels. */
import { named, html, nothing, type Html } from '../page/html.js';
import { counted, percent } from '../../text/format.js';
import type { Mistake } from '../facts/mistakes.js';
import type { Thumbnail } from '../facts/thumbnails.js';

export function mistakesSection(
  mistakes: readonly Mistake[],
  all: number,
  pictures: ReadonlyMap<string, Thumbnail>,
): Html {
  if (all === 0) return html`<p>None: the model recognises every test picture.</p>`;
  const more =
    all > mistakes.length
      ? `These are the ${mistakes.length} most confident of them.`
      : 'The most confident come first.';
  return html`<p>
      ${counted(all, 'test picture')} ${all === 1 ? 'was' : 'were'} taken for another class. ${more} A confident mistake
      is often a wrong label.
    </p>
    <ul class="pictures">
      ${mistakes.map((mistake) => figure(mistake, pictures.get(mistake.path)))}
    </ul>`;
}

function figure({ path, label, predicted, confidence, probability }: Mistake, thumbnail: Thumbnail | undefined): Html {
  return html`<li>
    <figure>
      ${picture(path, thumbnail)}
      <figcaption>
        <strong>${named(label)}</strong> taken for <strong>${named(predicted)}</strong>
        <span class="quiet">confidence ${percent(confidence)}; the right class ${percent(probability)}</span>
        <code>${named(path)}</code>
      </figcaption>
    </figure>
  </li>`;
}

function picture(path: string, thumbnail: Thumbnail | undefined): Html {
  if (thumbnail === undefined) return nothing;
  return 'missing' in thumbnail
    ? html`<p class="missing">No picture: ${thumbnail.missing}</p>`
    : html`<img src="${thumbnail.uri}" width="${thumbnail.width}" height="${thumbnail.height}" alt="${path}" />`;
}
