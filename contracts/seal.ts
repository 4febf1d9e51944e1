/**
 * Names of the digest that objects carry within themselves (storage/objects/seal.ts): a member of JSON objects, an entry of a
 * safetensors file's metadata.
 */
export const sealName = 'seal';

/** What stands in the digest's place until the object is complete, and while the digest is worked out. */
export const unsealed = '0'.repeat(64);
