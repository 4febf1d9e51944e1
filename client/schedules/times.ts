/** When a schedule ticks, from what a person writes. Pure. */
import type { CalendarSpec, ScheduleSpec } from '@temporalio/client';
import { parseBudget } from '../../contracts/spec/budget.js';
import { GraftworkError } from '../../contracts/errors.js';

const weekdays = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

interface CronUnit {
  name: string;
  from: number;
  to: number;
  names?: string[];
}

const cronUnits: CronUnit[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day', from: 1, to: 31 },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'weekday', from: 0, to: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

export interface Times {
  /** `20s`, `6h`, `1d`. */
  every?: string | undefined;
  /** Five fields, as cron has them. */
  cron?: string | undefined;
  /** `03:30`, `mon,thu 03:30`, `day 1 03:30`. */
  calendar?: string | undefined;
  /** IANA name, for `cron` and `calendar`. @default UTC */
  timezone?: string | undefined;
  /** Each tick is put off by a random time below this. */
  jitter?: string | undefined;
}

/** @throws GraftworkError GW_USAGE unless just one of `every`, `cron` and `calendar` is given, and can be read */
export function scheduleSpec({ every, cron, calendar, timezone, jitter }: Times): ScheduleSpec {
  if ([every, cron, calendar].filter((given) => given !== undefined).length !== 1) {
    throw usage('Give exactly one of --every, --cron and --calendar.', '`--every 1d`');
  }
  if (every !== undefined && timezone !== undefined) {
    throw usage('--timezone has no effect with --every, which counts from the epoch.', '`--calendar "03:30"`');
  }
  return {
    ...(every === undefined ? {} : { intervals: [{ every: milliseconds(every, '--every') }] }),
    ...(cron === undefined ? {} : { cronExpressions: [cronFields(cron)] }),
    ...(calendar === undefined ? {} : { calendars: [calendarSpec(calendar)] }),
    ...(timezone === undefined ? {} : { timezone: knownZone(timezone) }),
    jitter: jitter === undefined ? 0 : milliseconds(jitter, '--jitter', 0),
  };
}

/** @throws GraftworkError GW_USAGE for what is no time, or shorter than `least` milliseconds */
export function milliseconds(text: string, option: string, least = 1_000): number {
  const found = text === '0' ? 0 : (parseBudget(text) ?? NaN) * 1000;
  if (found >= least) return Math.round(found);
  throw usage(`${option}: “${text}” is not a time between ${least / 1000} s and 30 days.`, '`20s`, `6h` or `1d`');
}

/** Six fields or macros would mean something else to others than to Temporal. */
function cronFields(text: string): string {
  const fields = text.trim().split(/\s+/);
  const example = '`"30 3 * * 1"`: minute, hour, day, month, weekday';
  if (fields.length !== cronUnits.length) throw usage(`--cron: “${text}” is not five fields.`, example);
  for (const [i, unit] of cronUnits.entries()) {
    const field = fields[i] ?? '';
    if (field.split(',').every((part) => isCronPart(part, unit))) continue;
    throw usage(`--cron: “${field}” is not a ${unit.name} (${unit.from} to ${unit.to}).`, example);
  }
  return fields.join(' ');
}

/** `*`, `5`, `1-5` or `mon-fri`, each with `/2` behind it or not. */
function isCronPart(part: string, { from, to, names }: CronUnit): boolean {
  const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part) ?? [];
  if (Number(step) < 1) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => {
    const named = names?.indexOf(end.slice(0, 3).toLowerCase()) ?? -1;
    return named >= 0 ? named + from : /^\d{1,2}$/.test(end) ? Number(end) : NaN;
  });
  const [first = NaN, last = first, ...others] = ends;
  return others.length === 0 && first >= from && first <= last && last <= to;
}

function calendarSpec(text: string): CalendarSpec {
  const [, days = '', hours = '', minutes = ''] = /^(?:(.+?)\s+)?(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  const example = '`03:30`, `mon,thu 03:30` or `day 1 03:30`';
  if (hours === '' || hour > 23 || minute > 59) throw usage(`--calendar: “${text}” has no time of day.`, example);
  const at = { hour, minute, second: 0 };
  if (days === '') return at;
  const [, day] = /^day (\d{1,2})$/i.exec(days) ?? [];
  if (day !== undefined && Number(day) >= 1 && Number(day) <= 31) return { ...at, dayOfMonth: Number(day) };
  const dayOfWeek = days.split(',').map((name) => {
    const written = name.trim().toUpperCase();
    const found = written.length < 2 ? undefined : weekdays.find((known) => known.startsWith(written));
    if (found === undefined) throw usage(`--calendar: “${name}” is not a weekday.`, example);
    return found;
  });
  return { ...at, dayOfWeek };
}

function knownZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone && name;
  } catch {
    throw usage(`--timezone: there is no time zone “${name}”.`, '`Europe/Berlin`');
  }
}

function usage(message: string, example: string): GraftworkError {
  return new GraftworkError('GW_USAGE', message, { remedy: `Write ${example}.` });
}

/** A moment with its zone. @throws GraftworkError GW_USAGE */
export function parseMoment(text: string): Date {
  const found = new Date(text);
  const isMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && !Number.isNaN(found.getTime());
  if (isMoment && /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)) return found;
  throw usage(isMoment ? `“${text}” has no time zone.` : `“${text}” is not a date and time.`, '`2026-01-31T04:00Z`');
}
