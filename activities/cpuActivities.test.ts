import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('the cpu pool does without TensorFlow, which takes 300 MB and a second to load', async () => {
  const module = new URL('./cpuActivities.js', import.meta.url).href;
  const script = `
    await import(${JSON.stringify(module)});
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify([loaded.length > 0, loaded.filter((path) => /@tensorflow.*[.]js$/.test(path)).length]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
  });
  assert.deepEqual(JSON.parse(stdout), [true, 0]);
});
