import { z } from 'zod';

/** SHA-256 in lower-case hexadecimal: of bytes, or a content key. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
