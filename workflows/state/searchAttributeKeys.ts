/** Typed keys of the search attributes that contracts/names.ts names. */
import { defineSearchAttributeKey, TypedSearchAttributes, type SearchAttributePair } from '@temporalio/common';
import { keywordOf } from '../../contracts/keyword.js';
import { searchAttributes } from '../../contracts/names.js';

export const searchAttributeKeys = {
  stage: defineSearchAttributeKey(searchAttributes.stage.name, 'KEYWORD'),
  top1: defineSearchAttributeKey(searchAttributes.top1.name, 'DOUBLE'),
} as const;

/** Attributes that a client from before keywords were cut may have given. */
export function withKeywordsCut(attributes: TypedSearchAttributes): TypedSearchAttributes {
  return new TypedSearchAttributes(
    attributes
      .getAll()
      .map((pair): SearchAttributePair =>
        pair.key.type === 'KEYWORD' ? { key: pair.key, value: keywordOf(pair.value as string) } : pair,
      ),
  );
}
