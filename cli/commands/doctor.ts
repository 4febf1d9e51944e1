import type { Command } from 'commander';
import pc from 'picocolors';
import { defaultHome, isCheckout } from '../../infra/stack.js';
import { screenWidth } from '../display/screen.js';
import { folded } from '../display/words.js';
import type { Check } from '../doctor/check.js';
import { checkTensorFlow, checkTools, checkWeights, clientAlone } from '../doctor/installation.js';
import { checkCompiler, checkDisk, checkNode, checkPython } from '../doctor/machine.js';
import { checkLeftovers, checkServices } from '../doctor/services.js';
import { answer, createCommand } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

/** Of what is said of a check, behind its mark and its name. */
const indent = ' '.repeat(23);

export function doctorCommand(): Command {
  return createCommand(
    'doctor',
    'Check what is installed, reachable or misconfigured, and show how to correct it. Exit code 1 if anything fails.',
    'doctor',
  ).action(async (options: CommonOptions) => {
    const checks = await (isCheckout ? examineCheckout : examinePackage)(defaultHome());
    answer(options, checks, () => checks.map(line).join('\n'));
    process.exitCode = checks.some(({ state }) => state === 'fail') ? 1 : 0;
  });
}

/** What the client needs: the rest is elsewhere. */
async function examinePackage(home: string): Promise<Check[]> {
  return [checkNode(), await checkDisk(home), clientAlone, ...(await checkServices(home))];
}

async function examineCheckout(home: string): Promise<Check[]> {
  const tensorflow = await checkTensorFlow();
  const installed = tensorflow.state === 'ok';
  return [
    checkNode(),
    await checkPython(!installed),
    await checkCompiler(!installed),
    await checkDisk(home),
    tensorflow,
    ...checkTools(home),
    checkWeights(),
    ...(await checkServices(home)),
    await checkLeftovers(home),
  ];
}

function line({ name, state, detail, remedy }: Check): string {
  const mark = { ok: pc.green('ok  '), warn: pc.yellow('warn'), fail: pc.red('FAIL') }[state];
  const room = screenWidth() - indent.length;
  const texts = [...detail.split('\n'), ...(remedy?.split('\n') ?? [])].flatMap((text) => folded(text, room));
  return `${mark}  ${name.padEnd(15)}  ${texts.join(`\n${indent}`)}`;
}
