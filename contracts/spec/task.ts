/** What a model says of a picture: one label, or any number of them. */
import { z } from 'zod';

/** `single-label`: each picture has one of the classes. `multi-label`: each picture has any number of them, or none. */
export const taskSchema = z.enum(['single-label', 'multi-label']);
export type Task = z.infer<typeof taskSchema>;

/**
 * Losses of a multi-label stage. `binary-cross-entropy`: each label is a question of its own. `asymmetric`: labels that a picture
 * does not have count less the surer the network is of that (Ridnik et al. 2021).
 */
export const multiLabelLossSchema = z.enum(['binary-cross-entropy', 'asymmetric']);
export type MultiLabelLoss = z.infer<typeof multiLabelLossSchema>;
