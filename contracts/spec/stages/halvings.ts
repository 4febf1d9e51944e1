import { z } from 'zod';

/**
 * How often the number of images in one pass has been halved, because the device's memory did not hold them. It changes
 * how much is computed at once, never what is computed.
 */
export const halvings = z.number().int().min(0).max(12);
