/** One setup at a time per checkout: two at once would delete each other's node_modules. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { dirname } from 'node:path';
import { places } from './places.mjs';
import { say } from './progress.mjs';

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(work) {
  mkdirSync(dirname(places.lock), { recursive: true });
  const mine = `${places.lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  let told = false;
  while (!take(mine)) {
    const holder = holderOf(places.lock);
    if (holder !== undefined && !isSetup(holder)) {
      setAsideStale(holder);
      continue;
    }
    if (!told) say(`waiting for the setup that runs already (process ${holder ?? 'unknown'})`);
    told = true;
    await delay(500);
  }
  try {
    return await work();
  } finally {
    rmSync(places.lock, { force: true });
    rmSync(mine, { force: true });
  }
}

/** A hard link appears complete or not at all, so nobody reads a lock without its owner's id. @param {string} mine */
function take(mine) {
  try {
    linkSync(mine, places.lock);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} lock */
function holderOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Process ids are reused, so alive is not enough: it has to be this program. @param {number} pid */
function isSetup(pid) {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes('infra/run.mjs');
  } catch {
    return false;
  }
}

/** @param {number} holder a process that has gone */
function setAsideStale(holder) {
  const aside = `${places.lock}.stale.${process.pid}`;
  try {
    renameSync(places.lock, aside);
  } catch {
    return;
  }
  // Another waiter may have taken the lock between our look and our rename: then give it back.
  if (holderOf(aside) !== holder) {
    try {
      linkSync(aside, places.lock);
    } catch {
      // A third one has it by now; the displaced owner finishes beside it, which the stamps tolerate.
    }
  }
  rmSync(aside, { force: true });
  rmSync(`${places.lock}.${holder}`, { force: true });
}
