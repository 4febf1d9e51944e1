/**
 * Node's runner follows each promise of a process, so that it knows which test a stray error belongs to. In tests that talk to
 * servers this takes a quarter of the processor's time. It is needed while tests are declared; a stray error fails the file also
 * without it. A group of test files imports this before `node:test`.
 */
import asyncHooks from 'node:async_hooks';

const { createHook } = asyncHooks;

/** @type {import('node:async_hooks').AsyncHook | undefined} */
let tracking;

// The first that is made in a group's process is the runner's.
asyncHooks.createHook = (callbacks) => {
  asyncHooks.createHook = createHook;
  return (tracking = createHook(callbacks));
};

/**
 * @param {number} files how many declare tests
 * @returns {() => void} to be called when one of them has declared its tests; the last call ends the tracking
 */
export function endTrackingAfter(files) {
  let left = files;
  return () => {
    left -= 1;
    if (left === 0) tracking?.disable();
  };
}
