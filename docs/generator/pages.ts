/** The pages that are made of the sources, and where they lie. */
import { join } from 'node:path';
import { checkout } from '../../infra/stack/checkout.js';
import { apiReference } from './apiReference.js';
import { backbonesPage } from './backbones.js';
import { specReference } from './specReference.js';

export interface Page {
  path: string;
  content: string;
}

export function generatedPages(): Page[] {
  return [
    { path: join(checkout, 'docs', 'spec.md'), content: specReference() },
    { path: join(checkout, 'docs', 'api.md'), content: apiReference() },
    { path: join(checkout, 'docs', 'backbones.md'), content: backbonesPage() },
  ];
}
