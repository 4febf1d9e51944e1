/** Typed keys of the search attributes that contracts/names.ts names. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../contracts/names.js';

export const searchAttributeKeys = {
  stage: defineSearchAttributeKey(searchAttributes.stage.name, 'KEYWORD'),
  top1: defineSearchAttributeKey(searchAttributes.top1.name, 'DOUBLE'),
} as const;
