import type { Command } from 'commander';
import { userSpecJsonSchema } from '../spec/specPaths.js';
import { createCommand } from '../base/command.js';

export function schemaCommand(): Command {
  return createCommand(
    'schema',
    'Print the run spec as JSON schema, for editors and checks.',
    'schema > run.schema.json',
  ).action(() => {
    const schema = { title: 'Graftwork run spec', ...userSpecJsonSchema() };
    process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
  });
}
