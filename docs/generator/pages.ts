/** The pages that are made of the sources, whole or in part, and where they lie. */
import { join } from 'node:path';
import { checkout } from '../../infra/stack/checkout.js';
import { apiReference } from './apiReference.js';
import { backbonesPage } from './backbones.js';
import { formatRows, metricRows, withTable } from './generatedTables.js';
import { specReference } from './specReference.js';

export interface Page {
  path: string;
  content: string;
}

export function generatedPages(): Page[] {
  const page = (name: string, content: (path: string) => string): Page => {
    const path = join(checkout, 'docs', name);
    return { path, content: content(path) };
  };
  return [
    page('spec.md', specReference),
    page('api.md', apiReference),
    page('backbones.md', backbonesPage),
    page('export.md', (path) => withTable(path, 'formats', formatRows())),
    page('operations.md', (path) => withTable(path, 'metrics', metricRows())),
  ];
}
