import type { Command } from 'commander';
import { defaultHome, isCheckout } from '../../infra/stack.js';
import type { Check } from '../doctor/check.js';
import { checkTensorFlow, checkTools, checkWeights, clientAlone } from '../doctor/installation.js';
import { checkCompiler, checkDisk, checkNode, checkPython } from '../doctor/machine.js';
import { checkText } from '../doctor/checkText.js';
import { answer, createCommand } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

export function doctorCommand(): Command {
  return createCommand(
    'doctor',
    'Check what is installed, reachable or misconfigured, and show how to correct it. Exit code 1 if anything fails.',
    'doctor',
  ).action(async (options: CommonOptions) => {
    const checks = await (isCheckout ? examineCheckout : examinePackage)(defaultHome());
    answer(options, checks, () => checks.map((check) => checkText(check)).join('\n'));
    process.exitCode = checks.some(({ state }) => state === 'fail') ? 1 : 0;
  });
}

/** What the client needs: the rest is elsewhere. */
async function examinePackage(home: string): Promise<Check[]> {
  const { checkServices } = await import('../doctor/services.js');
  return [checkNode(), await checkDisk(home), clientAlone, ...(await checkServices(home))];
}

async function examineCheckout(home: string): Promise<Check[]> {
  const { checkLeftovers, checkServices } = await import('../doctor/services.js');
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
