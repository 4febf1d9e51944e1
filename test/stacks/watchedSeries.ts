/** What the dashboard and the alerts ask Prometheus for, and whether a worker serves it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkout } from '../../infra/stack.js';

/** A metric's series that an expression selects. */
export interface Selector {
  name: string;
  matchers: { label: string; matches: (value: string) => boolean }[];
  /** Where it is from. */
  expression: string;
}

const read = (...path: string[]): string => readFileSync(join(checkout, 'infra', ...path), 'utf8');

interface Alerts {
  groups: { rules: { alert: string; expr: string }[] }[];
}

/** Every alert's name and expression. */
export function alertRules(): { alert: string; expr: string }[] {
  return (parse(read('helm', 'graftwork', 'alerts.yaml')) as Alerts).groups.flatMap(({ rules }) => rules);
}

/** Every selector of a metric of ours or of Temporal's, in the dashboard and the alerts. */
export function watchedSelectors(): Selector[] {
  const { panels } = JSON.parse(read('grafana', 'dashboard.json')) as { panels: { targets?: { expr: string }[] }[] };
  const shown = panels.flatMap(({ targets = [] }) => targets);
  return [...shown, ...alertRules()].flatMap(({ expr }) => selectorsOf(expr));
}

function selectorsOf(expression: string): Selector[] {
  return [...expression.matchAll(/((?:graftwork|temporal)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', inside = '']) => ({
      name,
      expression,
      matchers: [...inside.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
        ([, label = '', operator = '', text = '']) => {
          const pattern = new RegExp(`^(?:${text})$`);
          const is = operator.endsWith('~')
            ? (value: string) => pattern.test(value)
            : (value: string) => value === text;
          return { label, matches: operator.startsWith('!') ? (value: string) => !is(value) : is };
        },
      ),
    }),
  );
}

/** Labels that Prometheus adds where it fetches from. */
export const labelsOfPrometheus: readonly string[] = ['instance', 'job', 'pool'];

/** Whether there is such a series among the lines that a worker serves. */
export function isServed({ name, matchers }: Selector, lines: readonly string[]): boolean {
  return lines.some((line) => {
    if (!line.startsWith(`${name}{`)) return false;
    const labels = new Map([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]));
    return matchers.every(
      ({ label, matches }) => labelsOfPrometheus.includes(label) || matches(labels.get(label) ?? ''),
    );
  });
}
