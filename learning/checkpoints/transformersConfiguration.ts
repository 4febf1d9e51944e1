/** `config.json` as transformers writes it, with `preprocessor_config.json` beside it. */
import { z } from 'zod';
import { labelsSchema, networkOfTimm, type Configuration } from './configuration.js';
import { parseFields } from './jsonFile.js';
import { notCovered } from './refusals.js';
import { transformersInput } from './transformersInput.js';
import { families, type Family, type Figures } from './transformersFamilies.js';

const configSchema = z.looseObject({
  model_type: z.string().min(1),
  architectures: z.array(z.string()).nullish(),
  num_labels: labelsSchema.optional(),
  id2label: z.record(z.string(), z.unknown()).optional(),
  license: z.string().nullish(),
});

const sizedSchema = z.looseObject({ image_size: z.number().int().min(1).max(4096).optional() });

/** Keys of any model: what it was trained with, what it is called, and what it returns. */
const ofAnyModel = new Set([
  ...['model_type', 'architectures', 'torch_dtype', 'dtype', 'transformers_version', 'license', 'finetuning_task'],
  ...['num_labels', 'id2label', 'label2id', 'problem_type', 'initializer_range', 'drop_path_rate'],
  ...['hidden_dropout_prob', 'attention_probs_dropout_prob', 'stage_names', 'out_features', 'out_indices'],
  ...['return_dict', 'use_cache', 'auto_map'],
]);

/** What earlier versions of transformers wrote into each part of a file: how texts are generated, which no picture asks for. */
const ofTexts = new Set([
  ...['add_cross_attention', 'bad_words_ids', 'bos_token_id', 'chunk_size_feed_forward', 'cross_attention_hidden_size'],
  ...['decoder_start_token_id', 'diversity_penalty', 'do_sample', 'early_stopping', 'encoder_no_repeat_ngram_size'],
  ...[
    'eos_token_id',
    'forced_bos_token_id',
    'forced_eos_token_id',
    'is_decoder',
    'is_encoder_decoder',
    'length_penalty',
  ],
  ...['max_length', 'min_length', 'no_repeat_ngram_size', 'num_beam_groups', 'num_beams', 'num_return_sequences'],
  ...['output_attentions', 'output_hidden_states', 'output_scores', 'pad_token_id', 'prefix', 'pruned_heads'],
  ...['remove_invalid_values', 'repetition_penalty', 'return_dict_in_generate', 'sep_token_id', 'suppress_tokens'],
  ...['task_specific_params', 'temperature', 'tf_legacy_loss', 'tie_encoder_decoder', 'tie_word_embeddings'],
  ...['tokenizer_class', 'top_k', 'top_p', 'torchscript', 'typical_p', 'use_bfloat16', 'begin_suppress_tokens'],
  ...['exponential_decay_length_penalty'],
]);

/**
 * @param json the content of `config.json`
 * @param processor that of `preprocessor_config.json`; undefined: there is none
 * @throws GraftworkError GW_WEIGHTS_REFUSED for values of another kind; GW_BACKBONE_UNKNOWN naming the model or the key that
 * there is nothing for here
 */
export function transformersConfiguration(
  json: Figures,
  source: string,
  processor: { json: Figures; source: string } | undefined,
): Configuration {
  const config = parseFields(configSchema, json, source);
  const { model_type: type, architectures, num_labels, id2label } = config;
  const family = Object.hasOwn(families, type) ? families[type] : undefined;
  if (family === undefined) throw notCovered(source, `there is no family '${type}' here`);
  const [modelClass = ''] = architectures ?? [];
  const { within } = family;
  const part = within === undefined ? json : parseFields(z.looseObject({}), json[within] ?? {}, source, within);
  const { image_size } = parseFields(sizedSchema, part, source, within);
  const figures = figuresOf(family, part, source);
  const architecture = family.architecture(figures);
  if (architecture === undefined) throw notCovered(source, `there is no ${type} with ${figuresText(figures)} here`);
  const backbone = networkOfTimm(architecture, family.modelArguments?.(figures) ?? {}, source);
  const classifies = /ForImageClassification(WithTeacher)?$/.test(modelClass);
  const pooling = family.pooling(modelClass);
  if (pooling === undefined) throw notCovered(source, `there are no features of a ${modelClass} here`);
  return {
    backbone,
    input: transformersInput(processor ?? { json: {}, source }, family.processor, image_size ?? backbone.input.size),
    pooling,
    licence: config.license ?? undefined,
    labels: classifies ? (num_labels ?? Object.keys(id2label ?? {}).length) : 0,
  };
}

/** The figures that choose the network, once no other key says that it computes otherwise. */
function figuresOf(family: Family, json: Figures, source: string): Figures {
  const known = new Set([...ofAnyModel, ...ofTexts, ...family.harmless, ...Object.keys(family.figures)]);
  for (const [key, value] of Object.entries(json)) {
    const allowed = family.required[key];
    // What is switched off, or private to the library, does nothing.
    if (known.has(key) || key.startsWith('_') || (allowed === undefined && (value === null || value === false)))
      continue;
    if (allowed?.includes(value) === true) continue;
    throw notCovered(source, `${key} ${JSON.stringify(value)} is another arithmetic than the family has here`);
  }
  return Object.fromEntries(Object.entries(family.figures).map(([key, usual]) => [key, json[key] ?? usual]));
}

function figuresText(figures: Figures): string {
  return Object.entries(figures)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .join(', ');
}
