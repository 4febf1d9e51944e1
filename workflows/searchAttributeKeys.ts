/** Typed keys of the search attributes that contracts/names.ts names. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../contracts/names.js';

export const searchAttributeKeys = {
  dataset: defineSearchAttributeKey(searchAttributes.dataset.name, 'KEYWORD'),
  model: defineSearchAttributeKey(searchAttributes.model.name, 'KEYWORD'),
  backbone: defineSearchAttributeKey(searchAttributes.backbone.name, 'KEYWORD'),
  stage: defineSearchAttributeKey(searchAttributes.stage.name, 'KEYWORD'),
  top1: defineSearchAttributeKey(searchAttributes.top1.name, 'DOUBLE'),
} as const;
