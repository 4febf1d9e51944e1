/** The model card of an export, README.md: what the model is, how good it is, where it comes from, how to use it. */
import type { Evaluation } from '../../contracts/data/evaluation.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { licenceIdentifier } from '../backbones/architecture.js';
import { headlineOf } from '../metrics/headline.js';
import { debiasedCalibration } from '../metrics/debiasedCalibration.js';
import {
  judgeCalibration,
  judgeLoss,
  judgeMacroF1,
  judgementRules,
  judgeTestSize,
  judgeTop1,
} from '../metrics/judgement.js';
import type { Format, Usage } from './format.js';

/** Classes up to which the card lists each with its figures. */
const mostListed = 200;

/**
 * The card as Markdown, with the metadata block that the Hugging Face Hub reads at its beginning.
 *
 * @param testNotes what there is to say against the test's being of pictures that training never saw; mostly nothing
 */
export function modelCardText(
  card: ModelCard,
  { title, library }: Pick<Format, 'title' | 'library'>,
  { needs, language, code }: Usage,
  testNotes: readonly string[],
): string {
  const { evaluation, dataset, backbone, input, spec } = card;
  const { views } = spec.evaluation.testTimeAugmentation;
  const notes = [...testNotes.map(cell), ...(views > 1 ? [viewsNote(views)] : [])];
  const unseen = testNotes.length > 0 ? '' : ' that no training step and no choice has seen';
  return `${metadata(card, library, testNotes)}
# ${card.name}, version ${card.version}

${kindOf(card)}: ${backbone.name}, trained with Graftwork on ${card.createdAt.slice(0, 10)}.
Format: ${title.replaceAll('size', String(input.crop))}.

## How good it is

Measured once on ${evaluation.count} test pictures${unseen}:

${figures(evaluation)}

How the figures are judged:

${judgementRules(evaluation)
  .map((rule) => `- ${rule}`)
  .join('\n')}

${notes.map((note) => `**Note.** ${note}\n\n`).join('')}${classTable(card)}
## Use

Needs ${needs}. Run in this folder:

\`\`\`${language}${code}
\`\`\`

\`preprocessing.json\` says how pictures are prepared: ${squareText(input)}, values / 255, minus ${JSON.stringify(input.mean)}, over ${JSON.stringify(input.std)}.${rangeText(input)} \`labels.json\` has the classes in the order of the
logits. \`sha256sum -c SHA256SUMS\` checks the files.${calibrationText(card)}

## Where it comes from

| | |
|---|---|
| data | ${cell(dataset.uri)}, version \`${dataset.version}\` |
| pictures | ${dataset.counts.train} to train on, ${dataset.counts.validation} to validate, ${dataset.counts.test} to test; ${dataset.quarantined} files put aside |
| source weights | ${backbone.name} from ${cell(backbone.source)}, sha256 \`${backbone.sha256}\` |
| licence of the source weights | ${cell(backbone.license)} |
| parameters | ${card.parameters.count}, registered under sha256 \`${card.parameters.sha256}\` |
| recipe | ${spec.recipe}, seed ${spec.seed}, run \`${card.run}\` |
| made with | ${Object.entries(card.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')} |

${card.task === 'multi-label' ? 'It knows nothing but its labels.' : 'It knows nothing but its classes: a picture of anything else gets one of them too.'}${unlikeText(card)}
`;
}

function kindOf({ task, classes }: ModelCard): string {
  if (task === 'multi-label') return `Gives a picture any number of ${classes.length} labels`;
  return `A classifier of pictures into ${classes.length} classes`;
}

/** As a table, each with a judgement. */
function figures(evaluation: Evaluation): string {
  const { value, interval, name } = headlineOf(evaluation);
  const { bins, expectedCalibrationError } = evaluation.calibration;
  const { multiLabel } = evaluation;
  const method = multiLabel === undefined ? 'Wilson' : 'jackknife';
  const rows = [
    [
      name === 'mAP' ? 'mean average precision' : 'top-1 accuracy',
      `${percent(value)}, 95 % interval ${percent(interval[0])} to ${percent(interval[1])} (${method})`,
      judgeTop1(evaluation)?.text ?? '',
    ],
    ...(multiLabel === undefined
      ? []
      : [
          ['micro F1', percent(multiLabel.microF1), 'of all decisions, at the thresholds below'],
          ['all labels right', percent(multiLabel.exactMatch), 'share of pictures'],
        ]),
    ['macro F1', percent(evaluation.macroF1), judgeMacroF1(evaluation).text],
    [
      multiLabel === undefined ? 'cross-entropy' : 'binary cross-entropy, sum of the labels',
      `${evaluation.loss.toFixed(3)} nats`,
      judgeLoss(evaluation)?.text ?? '',
    ],
    ['calibration error (debiased)', debiasedCalibration(bins).error.toFixed(3), judgeCalibration(bins).text],
    ['expected calibration error, 15 bins', expectedCalibrationError.toFixed(3), 'too large by chance on few pictures'],
    ['test pictures', String(evaluation.count), judgeTestSize(evaluation).text],
  ];
  return `| figure | value | judgement |\n|---|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`;
}

/** The classifier in the file is divided by the temperature. */
function calibrationText({ calibration, task }: ModelCard): string {
  if (calibration === undefined) return '';
  if (task === 'multi-label') {
    return `\n\nThe sigmoid of the logits is calibrated: the classifier's weights and biases are divided by ${calibration.temperature}. \`thresholds.json\` has the probability from which a picture is given each label.`;
  }
  return `\n\nThe softmax of the logits is calibrated: the classifier's weights and biases are divided by ${calibration.temperature}.`;
}

/** The means are in the graph, or beside the model in the registry. */
function unlikeText({ calibration }: ModelCard): string {
  if (calibration?.unlike === undefined) return '';
  return ` Where the model gives \`unlikeness\`, a picture above
${calibration.unlike.limit.toPrecision(6)} is unlike the training pictures: 5 % of validation pictures were. It is the squared distance of the
pooled features, scaled to length 1, to the nearest class's mean of such features.`;
}

function squareText({ resize, crop, interpolation, fit, fill }: InputSettings): string {
  const how = `(${interpolation}, antialiased)`;
  const square = `\n${crop} × ${crop}`;
  switch (fit) {
    case undefined:
      return `short side to ${resize} pixels ${how}, the centre${square}`;
    case 'pad':
      return `long side to ${resize} pixels ${how}, in the middle of${square} of the colour ${JSON.stringify(fill)}`;
    case 'squash':
      return `both sides to ${resize} pixels ${how}, the centre${square}`;
  }
}

function rangeText({ range }: InputSettings): string {
  if (range === undefined) return '';
  return ' In pictures of more than 8 bits white is the value that `range` in that file says, not that of their format.';
}

/** The files hold the network; what averages its views is `predict`. */
function viewsNote(views: number): string {
  return (
    `Each test picture was classified in ${views} views, and their probabilities were averaged (test-time augmentation). ` +
    'The lines below classify one view, the centre of the picture: expect somewhat lower figures, or average views as well.'
  );
}

/** The Hub's YAML block; JSON strings are YAML strings. Figures that are not plainly the file's own say so in their names. */
function metadata(
  { backbone, evaluation, name, spec }: ModelCard,
  library: string | undefined,
  testNotes: readonly string[],
): string {
  const { views } = spec.evaluation.testTimeAugmentation;
  const remarks = [
    ...(views > 1 ? [`${views} views averaged`] : []),
    ...(testNotes.length > 0 ? ['training may have seen test pictures, see the card'] : []),
  ].join('; ');
  const metric = (type: string, value: number): string =>
    `{type: ${type}, value: ${value}${remarks === '' ? '' : `, name: ${JSON.stringify(`${type} (${remarks})`)}`}}`;
  const licence = licenceIdentifier(backbone.license);
  const lines = [
    ...(licence === undefined
      ? ['license: other', `license_name: ${JSON.stringify(backbone.license)}`]
      : [`license: ${licence}`]),
    ...(library === undefined ? [] : [`library_name: ${library}`]),
    'pipeline_tag: image-classification',
    'tags: [image-classification, transfer-learning]',
    'model-index:',
    `- name: ${JSON.stringify(name)}`,
    '  results:',
    '  - task: {type: image-classification}',
    '    dataset: {type: imagefolder, name: test split}',
    `    metrics: [${metric(evaluation.multiLabel === undefined ? 'accuracy' : 'average_precision', headlineOf(evaluation).value)}, ${metric('f1', evaluation.macroF1)}]`,
  ];
  return `---\n${lines.join('\n')}\n---\n`;
}

function classTable({ evaluation, classes }: ModelCard): string {
  if (evaluation.perClass.length === 0) return '';
  if (classes.length > mostListed) return `\`labels.json\` lists the ${classes.length} classes.\n`;
  const share = (value: number | null): string => (value === null ? '–' : percent(value));
  if (evaluation.multiLabel !== undefined) return labelTable(evaluation, share);
  const rows = evaluation.perClass.map(
    (one) =>
      `| ${cell(one.class)} | ${one.support} | ${share(one.precision)} | ${share(one.recall)} | ${share(one.f1)} |`,
  );
  return `| class | test pictures | precision | recall | F1 |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function labelTable({ perClass }: Evaluation, share: (value: number | null) => string): string {
  const rows = perClass.map(
    ({ class: name, support, averagePrecision = null, threshold, precision, recall, f1 }) =>
      `| ${cell(name)} | ${support} | ${share(averagePrecision)} | ${threshold ?? ''} | ${share(precision)} | ${share(recall)} | ${share(f1)} |`,
  );
  return `| label | test pictures | average precision | threshold | precision | recall | F1 |\n|---|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** Text of a person as a table's cell. */
function cell(text: string): string {
  return text.replace(/[\\|`<*_[\]]/g, '\\$&').replace(/\s+/g, ' ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
