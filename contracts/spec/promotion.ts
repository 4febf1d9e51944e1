/** Whether a new model goes into production: the demands, the findings, and who decided. */
import { z } from 'zod';
import { modelReferenceSchema } from './sources/modelReference.js';

const mostReminders = 2_000;

const share = z.number().min(0).max(1);

/** Address at which a person is notified: https, or http for a receiver inside one's own network. */
export const webhookSchema = z
  .url({ protocol: /^https?$/, error: 'use an http:// or https:// address' })
  // It would stand in histories, plans and model cards, and no request can be made of it.
  .refine((text) => !URL.canParse(text) || !hasCredentials(new URL(text)), {
    error: 'an address with a user name or password is secret',
  });

function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

export const promotionPolicySchema = z.strictObject({
  /**
   * Who decides about production. `auto`: the gate alone. `approve`: a person, once the model has passed the gate.
   * `never`: only a person moves models, with `graftwork models promote`.
   */
  policy: z.enum(['auto', 'approve', 'never']).default('auto'),
  /** Non-inferiority margin, as a share of top-1, or of mAP for a multi-label model. A model that is worse by less than this counts as no worse. */
  margin: z.number().min(0).max(0.5).default(0.02),
  /**
   * Model that goes into production when neither is clearly better. `no-worse`: the new one, if the interval shows that
   * it is worse by less than the margin. `promote`: the new one, which has seen newer pictures. `keep`: the one in
   * production.
   */
  tie: z.enum(['no-worse', 'promote', 'keep']).default('no-worse'),
  /**
   * Decision about a lost class. The new model has lost a class if it does not know it, or has no test pictures of it
   * any more. `refuse`: the model is not promoted (with `approve`, a person is asked). `allow`: the loss is intended.
   */
  lostClasses: z.enum(['refuse', 'allow']).default('refuse'),
  /**
   * Least recall of each class. The limit is broken where the upper 95 % bound of a recall is lower (exact, divided
   * over the classes). It is also broken where a class has no test pictures. `null`: no limit.
   */
  leastRecall: share.nullable().default(null),
  /**
   * Largest calibration error. The limit is broken where the lower 95 % bound of the debiased error is higher. `null`:
   * no limit.
   */
  mostCalibrationError: share.nullable().default(null),
  /** Largest size of the parameters, in bytes. `null`: no limit. */
  mostBytes: z.number().int().positive().nullable().default(null),
  /**
   * Longest time for one picture on the worker that compares, in milliseconds. The limit is broken where the lower 95 %
   * bound of the median of 20 is longer. `null`: no limit.
   */
  mostMilliseconds: z.number().positive().nullable().default(null),
  /** The wait for a person's answer, with `approve`. */
  approval: z
    .strictObject({
      /** Time to wait for an answer, in days. Without an answer the model is not promoted. */
      days: z.number().positive().max(365).default(7),
      /** Time between two reminders, in hours. */
      remindEveryHours: z.number().positive().max(8760).default(24),
      /** Address of a webhook that is notified. `null`: no webhook. */
      notify: webhookSchema.nullable().default(null),
    })
    // Each stands in the wait's history, which Temporal ends when it grows too long.
    .refine(({ days, remindEveryHours }) => (days * 24) / remindEveryHours <= mostReminders, {
      path: ['remindEveryHours'],
      error: `that would be more than ${mostReminders} reminders: let fewer days or more hours pass`,
    })
    .prefault({}),
});
export type PromotionPolicy = z.infer<typeof promotionPolicySchema>;

/** One absolute demand, and whether it is met. */
export const gateLimitSchema = z.strictObject({
  what: z.enum(['recall', 'calibration error', 'bytes', 'milliseconds']),
  /** null where it could not be measured, which does not pass. */
  value: z.number().nullable(),
  limit: z.number(),
  /**
   * The 95 % confidence bound that is held against the limit: the upper one of recall, the lower one of calibration error and
   * milliseconds. Left out for what is known exactly or not at all, and in reports from before there were bounds.
   */
  bound: z.number().optional(),
  holds: z.boolean(),
  /** The class whose recall it is: one that breaks the limit, or is unknown; else the least. Left out: all classes together. */
  detail: z.string().optional(),
});
export type GateLimit = z.infer<typeof gateLimitSchema>;

/** Champion and challenger on the same test pictures. */
export const headToHeadSchema = z.strictObject({
  /** Test pictures that both were judged by. */
  pictures: z.number().int().nonnegative(),
  /** Left out: those that either was trained on or chosen by, those of classes it does not know, and those that are gone from the source. */
  leftOut: z.strictObject({
    seen: z.number().int().nonnegative(),
    unknownClass: z.number().int().nonnegative(),
    gone: z.number().int().nonnegative(),
  }),
  /** Left out: top-1. Shares and difference are of this figure. */
  by: z.literal('mAP').optional(),
  champion: share,
  challenger: share,
  /**
   * Challenger less champion, with its 95 % interval, paired: of top-1 by Agresti & Min 2005, of mAP by the jackknife.
   */
  difference: z.strictObject({ mean: z.number(), low: z.number(), high: z.number() }),
  onlyChampion: z.number().int().nonnegative(),
  onlyChallenger: z.number().int().nonnegative(),
  /** Two-sided: McNemar's exact test, or of mAP the normal approximation. */
  pValue: share,
});
export type HeadToHead = z.infer<typeof headToHeadSchema>;

/** Classes of the champion of which the challenger's test says nothing. */
export const lostClassesSchema = z.strictObject({
  /** That the challenger does not know. */
  gone: z.array(z.string()),
  /** That it knows, and has no test pictures of, though the champion had. */
  untested: z.array(z.string()),
  /** That the champion does not know: one of them may be a lost class under a new name. */
  added: z.array(z.string()),
});
export type LostClasses = z.infer<typeof lostClassesSchema>;

export const gateReportSchema = z.strictObject({
  format: z.literal(1),
  challenger: modelReferenceSchema,
  /** null: nothing is in production. */
  champion: modelReferenceSchema.nullable(),
  /** null: there is nothing to compare with. */
  comparison: headToHeadSchema.nullable(),
  limits: z.array(gateLimitSchema),
  /** Left out where none is lost. */
  lostClasses: lostClassesSchema.optional(),
  verdict: z.enum(['first', 'better', 'no-worse', 'unclear', 'worse']),
  passes: z.boolean(),
  reason: z.string(),
});
export type GateReport = z.infer<typeof gateReportSchema>;

/** What became of a model: in the run's result, and beside its card. */
export const promotionOutcomeSchema = z.strictObject({
  status: z.enum(['promoted', 'refused', 'waiting', 'rejected', 'expired', 'overtaken']),
  reason: z.string(),
  /** Who decided: `gate`, or a person's name. */
  by: z.string(),
  gate: gateReportSchema,
});
export type PromotionOutcome = z.infer<typeof promotionOutcomeSchema>;

/** A person's word on a model that waits. */
export const approvalAnswerSchema = z.strictObject({
  by: z.string().trim().min(1).max(200),
  why: z.string().max(2000),
});
export type ApprovalAnswer = z.infer<typeof approvalAnswerSchema>;
