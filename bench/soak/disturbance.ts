/** Somebody who kills processes and steers runs at random instants for as long as a round lasts. */
import { setTimeout as delay } from 'node:timers/promises';
import { orders, type Order, type Steering } from './steering.js';
import { kill, targets, type Target } from './targets.js';

export type Disturbance = Target | Order;

export interface Disturbing {
  home: string;
  /** In [0, 1). */
  random: () => number;
  /** Disturbances of one round at most. */
  most: number;
  /** Seconds between two disturbances, at least and at most. */
  pause: readonly [number, number];
  /** What is done, in order, where that is not left to chance. */
  order?: readonly Disturbance[];
  steering: Steering;
  signal: AbortSignal;
}

/** @returns what was done, in order */
export async function disturb(disturbing: Disturbing): Promise<Disturbance[]> {
  const { home, random, most, pause, order, steering, signal } = disturbing;
  const all: readonly Disturbance[] = [...targets, ...orders];
  const done: Disturbance[] = [];
  while (done.length < most) {
    const seconds = pause[0] + random() * (pause[1] - pause[0]);
    await delay(1000 * seconds, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const next = order?.[done.length] ?? all[Math.floor(random() * all.length)] ?? 'engine';
    if (await (isOrder(next) ? steering.give(next) : kill(next, home))) done.push(next);
  }
  await steering.settled();
  return done;
}

export function isOrder(disturbance: Disturbance): disturbance is Order {
  return (orders as readonly Disturbance[]).includes(disturbance);
}
