/** What is known of an activity before it runs. */
import type { z } from 'zod';

/** How long an activity may take and be silent (workflows/activityProxies.ts). `engine` is the gpu pool, the others are the cpu pool. */
export type TimeoutClass = 'quick' | 'outside' | 'shards' | 'engine';

export interface Activity<Class extends TimeoutClass, Schema extends z.ZodType, Output> {
  readonly timeouts: Class;
  /** The part of a run it belongs to, for logs, metrics and traces. */
  readonly stage: string;
  /** What it is asked: checked where it arrives. */
  readonly input: Schema;
  /** What it answers: a type alone, the value is undefined. */
  readonly output: Output;
}

export function activity<Class extends TimeoutClass, Schema extends z.ZodType>(
  timeouts: Class,
  stage: string,
  input: Schema,
): { answers: <Output>() => Activity<Class, Schema, Output> } {
  return { answers: <Output>() => ({ timeouts, stage, input, output: undefined as Output }) };
}
