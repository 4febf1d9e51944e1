/** `npm run docs`: writes the pages that are made of the sources. */
import { writeFile } from 'node:fs/promises';
import { generatedPages } from './pages.js';

for (const { path, content } of generatedPages()) {
  await writeFile(path, content);
  process.stdout.write(`${path}\n`);
}
