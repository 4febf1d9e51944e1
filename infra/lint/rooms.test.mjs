import { join } from 'node:path';
import { test } from 'node:test';
import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { importDirection } from './rooms.mjs';

RuleTester.it = test;
RuleTester.describe = (_text, run) => run();

const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
const at = (/** @type {string} */ file) => join(process.cwd(), file);

tester.run('imports between the rooms', importDirection, {
  valid: [
    { filename: at('activities/ingest.ts'), code: "import { a } from '../learning/a.js';" },
    { filename: at('workflows/train.ts'), code: "import type { A } from '../activities/a.js';" },
    { filename: at('learning/deep/a.ts'), code: "import { b } from '../other/b.js';" },
    { filename: at('learning/a.test.ts'), code: "import { b } from '../storage/b.js';" },
    { filename: at('infra/a.ts'), code: "import { join } from 'node:path';" },
    { filename: at('client/a.ts'), code: "await import('../learning/export/index.js');" },
  ],
  invalid: [
    { filename: at('learning/a.ts'), code: "import { b } from '../storage/b.js';", errors: [{ messageId: 'room' }] },
    { filename: at('client/a.ts'), code: "await import('../learning/index.js');", errors: [{ messageId: 'room' }] },
    { filename: at('contracts/a.ts'), code: "export * from '../learning/b.js';", errors: [{ messageId: 'room' }] },
    {
      filename: at('workflows/a.ts'),
      code: "import { b } from '../activities/b.js';",
      errors: [{ messageId: 'types' }],
    },
    {
      filename: at('learning/a.ts'),
      code: "import { b } from '@temporalio/client';",
      errors: [{ messageId: 'package' }],
    },
    { filename: at('infra/a.ts'), code: "const zod = await import('zod');", errors: [{ messageId: 'package' }] },
  ],
});
