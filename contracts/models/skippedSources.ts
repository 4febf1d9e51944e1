/** Sources that a ranking left out, for people: many may have one reason. */
import type { SkippedSource } from './ranking.js';

export interface SkippedTogether {
  sources: string[];
  /** About one of them, or about all where there are several. */
  reason: string;
  /** For the first of them. */
  remedy: string;
}

/** Together where the reason is the same, in the order in which the reasons were met. */
export function skippedByReason(skipped: readonly SkippedSource[]): SkippedTogether[] {
  const groups = new Map<string, SkippedTogether>();
  for (const { source, reason, remedy } of skipped) {
    const same = groups.get(reason);
    if (same === undefined) groups.set(reason, { sources: [source], reason, remedy });
    else same.sources.push(source);
  }
  return [...groups.values()].map(({ reason, ...group }) => {
    const plain = reason.replace(/\.$/, '');
    return { ...group, reason: group.sources.length === 1 ? plain : aboutSeveral(plain) };
  });
}

function aboutSeveral(reason: string): string {
  return reason
    .replace(/^it was /, 'they were ')
    .replace(/^its /, 'their ')
    .replace('flatter its', 'flatter their');
}
