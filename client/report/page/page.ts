/** The frame of a report: one HTML file that loads nothing, and runs nothing but what a review decides with. */
import { createHash } from 'node:crypto';
import { Html, html } from './html.js';
import { style } from './style.js';
import { withUnbrokenUnits } from './units.js';

export interface Section {
  id: string;
  title: string;
  body: Html;
}

export interface Page {
  title: string;
  /** Of what the report is, from when, and made by what. */
  about: Html;
  /** Stands above the sections. */
  head: Html;
  sections: readonly Section[];
  /** When and by what it was made. */
  foot: string;
  /** Looks beside those of every report. */
  looks?: string;
  /** What runs in it; left out: nothing. */
  acts?: Acts;
}

/** What a page does with what it shows. */
export interface Acts {
  /** The page names the digest of this very text, and the browser runs no other. No `</` may be in it. */
  script: string;
  /** What the page is of: what it remembers is kept apart from that of others. */
  id: string;
  /** Stand behind the sections. */
  parts: Html;
}

/**
 * What the browser is allowed: pictures within the file, the style within the file (the charts carry attributes of style).
 * No connection, no form, no frame, and no script but the page's own, whatever the names in the data say.
 */
function policy(script: string | undefined): string {
  const runs =
    script === undefined ? '' : `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'; `;
  return `default-src 'none'; ${runs}img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
}

export function page({ title, about, head, sections, foot, looks = '', acts }: Page): string {
  return withUnbrokenUnits(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${policy(acts?.script)}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="referrer" content="no-referrer" />
          <title>${title}</title>
          <style>
            ${new Html(style + looks)}
          </style>
        </head>
        ${acts === undefined ? html`<body></body>` : html`<body data-review="${acts.id}"></body>`}
        <header>
          <h1>${title}</h1>
          ${about} ${head}
          <nav aria-label="Sections">
            <ul>
              ${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main>
          ${sections.map(
            ({ id, title: name, body }) =>
              html`<section aria-labelledby="${id}">
                <h2 id="${id}">${name}</h2>
                ${body}
              </section> `,
          )}
        </main>
        <footer>${foot}</footer>
        ${acts !== undefined && [acts.parts, scriptOf(acts)]}
        </body>
      </html> `.markup,
  );
}

/** To the letter: the browser compares its digest. */
function scriptOf({ script }: Acts): Html {
  return new Html(`<script>${script}</script>`);
}
