/** Ranges that many fields have. */
import { z } from 'zod';

export const fraction = z.number().min(0).max(1);
export const positiveInteger = z.number().int().positive();
