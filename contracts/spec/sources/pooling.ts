/** How a network's last map or tokens become one row of features. */
import { z } from 'zod';

export const poolings = ['token', 'mean', 'token+mean', 'map'] as const;

/**
 * `token`: the class token. `mean`: the mean of the map, or of its tokens. `token+mean`: both, side by side. `map`: what a learned
 * query attends to.
 */
export const poolingSchema = z.enum(poolings);
export type Pooling = z.infer<typeof poolingSchema>;

/** What a person says for the way that a linear classifier finds clearly better on a sample of the training pictures. */
export const autoPooling = 'auto';
