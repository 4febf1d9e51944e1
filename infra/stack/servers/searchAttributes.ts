import type { SearchAttributes } from './temporalServer.js';

/** What contracts/names.ts calls searchAttributes; infra imports no other room, so a test compares the two. */
export const graftworkSearchAttributes: SearchAttributes = {
  GraftworkDataset: 'Keyword',
  GraftworkModel: 'Keyword',
  GraftworkBackbone: 'Keyword',
  GraftworkStage: 'Keyword',
  GraftworkTop1: 'Double',
};
