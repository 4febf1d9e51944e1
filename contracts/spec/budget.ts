/** Times: how a person writes one (`30s`, `10m`, `1h30m`, `1d`; a plain number means seconds), and a run's budget in a spec. */
import { z } from 'zod';

const unitSeconds = { d: 86_400, h: 3600, m: 60, s: 1 } as const;
const written = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s?)?$/i;
const mostSeconds = 30 * 24 * 3600;

/** Seconds; undefined where the text is no time, or none at all. */
export function parseBudget(text: string): number | undefined {
  const [all, days, hours, minutes, seconds] = written.exec(text.replaceAll(' ', '')) ?? [];
  if (all === undefined || all === '') return undefined;
  const total =
    Number(days ?? 0) * unitSeconds.d +
    Number(hours ?? 0) * unitSeconds.h +
    Number(minutes ?? 0) * unitSeconds.m +
    Number(seconds ?? 0) * unitSeconds.s;
  return total > 0 && total <= mostSeconds ? total : undefined;
}

export const budgetSchema = z.strictObject({
  /** Time from the run's beginning to its registered model, in seconds. The upload before it does not count. */
  seconds: z.number().positive().max(mostSeconds),
});
export type Budget = z.infer<typeof budgetSchema>;

/** As a person may write it in a spec: `10m`, a number of seconds, `{seconds: 600}`. */
export const userBudgetSchema = z
  .union([z.string(), z.number().positive().max(mostSeconds), budgetSchema])
  .transform((given, context): Budget => {
    if (typeof given === 'object') return given;
    const seconds = typeof given === 'number' ? given : parseBudget(given);
    if (seconds !== undefined) return { seconds };
    context.addIssue({ code: 'custom', message: `“${given}” is no time: write 30s, 10m or 2h` });
    return z.NEVER;
  });
