/** Somebody who kills processes at random instants for as long as a run lasts. */
import { setTimeout as delay } from 'node:timers/promises';
import { kill, targets, type Target } from './targets.js';

export interface Disturbance {
  home: string;
  /** In [0, 1). */
  random: () => number;
  /** Kills of one round at most. */
  most: number;
  /** Seconds between two kills, at least and at most. */
  pause: readonly [number, number];
  /** What is killed, in order, where that is not left to chance. */
  order?: readonly Target[];
  signal: AbortSignal;
  onKill?: (target: Target) => void;
}

/** @returns what was killed, in order */
export async function disturb(disturbance: Disturbance): Promise<Target[]> {
  const { home, random, most, pause, order, signal, onKill } = disturbance;
  const killed: Target[] = [];
  while (killed.length < most) {
    const seconds = pause[0] + random() * (pause[1] - pause[0]);
    await delay(1000 * seconds, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const target = order?.[killed.length] ?? targets[Math.floor(random() * targets.length)] ?? 'engine';
    if (!(await kill(target, home))) continue;
    killed.push(target);
    onKill?.(target);
  }
  return killed;
}
