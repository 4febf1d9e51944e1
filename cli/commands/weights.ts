import type { Command } from 'commander';
import { defaultHome } from '../../infra/stack.js';
import { createProgressDisplay } from '../display/progressDisplay.js';
import { factsText, keptText, listText } from '../display/weightsText.js';
import { interruptible } from '../follow/interrupted.js';
import { answer, createCommand, createGroup } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

const argument = 'a network’s name, name=<weights>, or a checkpoint of the hub: owner/name[@revision]';

export function weightsCommand(): Command {
  return createGroup('weights', 'Pretrained weights: on this machine, and to be had.', [
    list(),
    fetch(),
    show(),
    verify(),
  ]);
}

/** Describes every network: what has another command to run need not load it. */
const inventory = () => import('../../learning/checkpoints/inventory.js');

function list(): Command {
  return createCommand(
    'list',
    'List the networks with the size, the licence and the published accuracy of their weights. No server is asked.',
    'weights list',
  ).action(async (options: CommonOptions) => {
    const { listWeights } = await inventory();
    const entries = await listWeights(defaultHome());
    answer(options, entries, () => listText(entries));
  });
}

function fetch(): Command {
  return createCommand(
    'fetch',
    'Bring weights to this machine. A download that was stopped goes on where it ended.',
    'weights fetch timm/resnet50.a1_in1k',
  )
    .argument('<weights>', argument)
    .action(async (weights: string, options: CommonOptions) => {
      const { fetchWeights } = await inventory();
      using display = createProgressDisplay();
      const onProgress = display.download.bind(display);
      const kept = await interruptible(
        () => 'The download was stopped. Its bytes so far are kept: fetch again to go on.',
        (signal) => fetchWeights(weights, { home: defaultHome(), signal, onProgress }),
      );
      display[Symbol.dispose]();
      answer(options, kept, () => keptText(kept));
    });
}

function show(): Command {
  return createCommand(
    'show',
    'Show what is known of weights: network, input, licence, size. A checkpoint’s configuration is fetched for that.',
    'weights show facebook/dinov2-small',
  )
    .argument('<weights>', argument)
    .action(async (weights: string, options: CommonOptions) => {
      const { showWeights } = await inventory();
      const facts = await showWeights(weights, { home: defaultHome() });
      answer(options, facts, () => factsText(facts));
    });
}

function verify(): Command {
  return createCommand(
    'verify',
    'Read the weights on this machine. Check their digest, and that they fit their network.',
    'weights verify efficientnet_lite0',
  )
    .argument('<weights>', argument)
    .action(async (weights: string, options: CommonOptions) => {
      const { verifyWeights } = await inventory();
      const kept = await verifyWeights(weights, { home: defaultHome() });
      answer(options, kept, () => keptText(kept));
    });
}
