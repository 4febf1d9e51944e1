/** How much memory this process and those beside it may use. */
import { totalmem } from 'node:os';

/**
 * The least of the machine's memory and the container's limit (control groups version 1 and 2), in bytes.
 * @param constrained what the container allows; 0, or more than there is, where nothing is limited
 */
export function memoryLimit(constrained: number | undefined = process.constrainedMemory(), total = totalmem()): number {
  return constrained !== undefined && constrained > 0 ? Math.min(constrained, total) : total;
}
