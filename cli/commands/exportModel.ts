import { Option } from 'commander';
import type { Command } from 'commander';
import { exportFormats } from '../../contracts/models/export.js';
import type { ExportFormat, ModelExport } from '../../contracts/models/export.js';
import { bytes } from '../../client/text/format.js';
import { table } from '../terminal/table.js';
import { answer, createCommand, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

interface ExportFlags extends CommonOptions {
  format: ExportFormat;
  out: string;
  force?: boolean;
}

export function exportCommand(): Command {
  return createCommand(
    'export',
    'Write a model to a folder for another runtime: onnxruntime, TensorFlow.js, torch, or timm and the Hugging Face Hub.',
    'models export birds@2 --format onnx --out birds-onnx/',
  )
    .argument('<model>', 'name, name@version, or the run that made it')
    .addOption(
      new Option('--format <format>', 'format to write; torch reads safetensors, timm reads hf, a browser tfjs')
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .requiredOption('--out <folder>', 'folder to write; it appears whole or not at all')
    .option('--force', 'replace an earlier export in that folder; anything else there is moved aside')
    .action(async (model: string, options: ExportFlags) => {
      await using graftwork = await connect();
      const { format, out, force = false } = options;
      const made = await graftwork.exportModel(model, { format, out, force, onStep: say });
      if (made.movedAside !== null) say(`the earlier content of the folder is now in ${made.movedAside}`);
      answer(options, made, () => exportText(made));
    });
}

function exportText({ model, as, folder, files }: ModelExport): string {
  const rows = files.map((file) => [file.name, bytes(file.bytes)]);
  return `${model.name}@${model.version} as ${as} in ${folder}\n\n${table(['file', 'size'], rows)}\n\nREADME.md shows how to use it.`;
}
