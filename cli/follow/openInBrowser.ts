/** Shows a file in the person's browser, where there is one. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** Whether somebody sits at this terminal in front of a screen. */
export function hasDisplay(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.stdout.isTTY && (process.platform === 'darwin' || Boolean(DISPLAY ?? WAYLAND_DISPLAY));
}

/** @returns whether a program that opens files could be started; what it does with it is its business */
export async function openInBrowser(file: string): Promise<boolean> {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [resolve(file)], { detached: true, stdio: 'ignore' });
  return new Promise((done) => {
    child.once('error', () => done(false));
    child.once('spawn', () => {
      child.unref();
      done(true);
    });
  });
}
