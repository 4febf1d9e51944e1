/** The frame of a report: one HTML file that loads nothing and runs nothing. */
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
}

/**
 * What the browser is allowed: pictures within the file, the style within the file (the charts carry attributes of style).
 * No script, no connection, no form, no frame, whatever the names in the data say.
 */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function page({ title, about, head, sections, foot }: Page): string {
  return withUnbrokenUnits(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${policy}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="referrer" content="no-referrer" />
          <title>${title}</title>
          <style>
            ${new Html(style)}
          </style>
        </head>
        <body>
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
        </body>
      </html> `.markup,
  );
}
