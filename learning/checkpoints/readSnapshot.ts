/** What the small files of a repository say, taken together. Pure. */
import { parseJsonFile } from './jsonFile.js';
import { networkFrom, requirePooling, type Configuration } from './configuration.js';
import { badFile } from './refusals.js';
import type { Snapshot } from './snapshot.js';
import { timmConfiguration } from './timmConfiguration.js';
import { transformersConfiguration } from './transformersConfiguration.js';

export const configFile = 'config.json';
export const processorFile = 'preprocessor_config.json';
/** Its beginning is YAML. */
export const cardFile = 'README.md';

type Json = Readonly<Record<string, unknown>>;

/**
 * @throws GraftworkError GW_WEIGHTS_REFUSED for a file that cannot be read; GW_BACKBONE_UNKNOWN naming what there is none of here;
 * GW_WEIGHTS_MISMATCH for figures that contradict each other
 */
export function readSnapshot({ repository, revision, files }: Snapshot): Configuration {
  const named = (file: string): string => `hf:${repository}@${revision}:${file}`;
  const source = named(configFile);
  const json = parseJsonFile(files[configFile] ?? '', source);
  const found = configurationOf(json, source, () => {
    const text = files[processorFile] ?? null;
    if (text === null) return undefined;
    return { json: parseJsonFile(text, named(processorFile)), source: named(processorFile) };
  });
  requirePooling(found.backbone, found.pooling, source);
  return {
    ...found,
    backbone: networkFrom(repository, found.backbone),
    licence: found.licence ?? licenceOfCard(files[cardFile] ?? ''),
  };
}

function configurationOf(
  json: Json,
  source: string,
  processor: () => { json: Json; source: string } | undefined,
): Configuration {
  if (typeof json['architecture'] === 'string') return timmConfiguration(json, source);
  if (typeof json['model_type'] === 'string') return transformersConfiguration(json, source, processor());
  throw badFile(source, 'it has neither timm’s `architecture` nor transformers’ `model_type`');
}

/** Whether a `config.json` leaves no need to look for the licence elsewhere. */
export function saysItsLicence(json: Json): boolean {
  const { pretrained_cfg: nested, license } = json;
  const inside = typeof nested === 'object' && nested !== null && 'license' in nested ? nested.license : undefined;
  return [license, inside].some((text) => typeof text === 'string' && text !== '');
}

/** `license:` of a card's head; its name where the hub's list has none for it. */
function licenceOfCard(text: string): string | undefined {
  const [, head = ''] = /^---\r?\n([\s\S]{0,20000}?)\r?\n---/.exec(text) ?? [];
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: *["']?([\\w.+-]{1,100})["']? *$`, 'm').exec(head)?.[1];
  const licence = field('license');
  return licence === 'other' ? (field('license_name') ?? licence) : licence;
}
