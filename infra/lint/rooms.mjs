/**
 * A lint rule that holds the import direction between the rooms (docs/architecture.md): each room lists the rooms and
 * packages it may import, and everything else is an error. Tests may import anything. A room within a room (`learning/metrics`)
 * has rules of its own; a room that may import the outer one may import it too.
 */
import { dirname, join, relative, sep } from 'node:path';

/**
 * @typedef {object} Room
 * @property {string[]} rooms rooms whose values and types may be imported, besides its own
 * @property {string[]} [types] rooms whose types only may be imported
 * @property {string[]} [doors] files of other rooms that may be imported
 * @property {RegExp} packages what may be imported by name: npm packages and `node:` modules
 * @property {RegExp} [typePackages] of what else the types may be imported
 */

/** @type {Record<string, Room>} */
const rooms = {
  contracts: { rooms: [], packages: /^zod$/ },
  codec: { rooms: ['contracts'], packages: /^(node:|zod$)|^@temporalio\/(common|proto)$/ },
  workflows: { rooms: ['contracts'], types: ['activities'], packages: /^@temporalio\/(workflow|common)$/ },
  activities: {
    rooms: ['contracts', 'learning', 'storage', 'telemetry'],
    packages: /^(?!@tensorflow\/|@aws-sdk\/|@temporalio\/)|^@temporalio\/(activity|common)$/,
    typePackages: /^@temporalio\/worker$/,
  },
  learning: { rooms: ['contracts'], packages: /^(?!@temporalio\/|@aws-sdk\/)/ },
  // Numbers in, numbers out: a room that shows a figure may compute it, without TensorFlow.
  'learning/metrics': { rooms: ['contracts'], packages: /^node:/ },
  storage: { rooms: ['contracts'], packages: /^(?!@temporalio\/|@tensorflow\/|sharp$)/ },
  telemetry: {
    rooms: ['contracts'],
    packages: /^@opentelemetry\/|^@temporalio\/(common|interceptors-opentelemetry|workflow)(\/|$)/,
    typePackages: /^@temporalio\/(client|worker)$/,
  },
  worker: {
    rooms: ['contracts', 'codec', 'workflows', 'activities', 'learning', 'storage', 'telemetry'],
    packages: /^(?!@aws-sdk\/|@temporalio\/client$)/,
  },
  client: {
    rooms: ['contracts', 'codec', 'storage', 'infra', 'telemetry', 'learning/metrics'],
    types: ['workflows'],
    doors: [
      'learning/dataset/index.js',
      'learning/dataset/lists/manifestFile.js',
      'learning/export/index.js',
      'learning/images/formats/decoder.js',
      'learning/images/formats/decoderFault.js',
      'learning/images/formats/imageFormat.js',
      'activities/plan/checkSpec.js',
    ],
    packages:
      /^(?!@tensorflow\/|@aws-sdk\/|@temporalio\/|commander$|picocolors$)|^@temporalio\/(client|common|envconfig)(\/|$)/,
  },
  cli: {
    rooms: ['client', 'contracts', 'codec', 'storage', 'infra', 'telemetry', 'learning/metrics'],
    doors: [
      'learning/checkpoints/inventory.js',
      'learning/dataset/index.js',
      'learning/images/formats/imageFormat.js',
      'learning/images/formats/decoder.js',
      'worker/flags.js',
    ],
    packages: /^(?!@tensorflow\/|@aws-sdk\/|@temporalio\/)|^@temporalio\/(client|common)(\/|$)/,
  },
  infra: { rooms: [], packages: /^node:/ },
};

/** @param {string} file relative to the checkout @returns the innermost room it lies in, or its first folder */
function roomOf(file) {
  const [outer = '', inner = ''] = file.split(sep);
  return Object.hasOwn(rooms, `${outer}/${inner}`) ? `${outer}/${inner}` : outer;
}

/** @param {string} name */
const outerOf = (name) => name.split('/')[0] ?? '';

/** @type {import('oxlint/plugins-dev').Rule} */
export const importDirection = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      room: '{{from}}/ may not import from {{to}}/ (it may from: {{allowed}}).',
      types: '{{from}}/ may import types only from {{to}}/: write `import type`.',
      package: '{{from}}/ may not import {{name}}.',
    },
  },
  create(context) {
    const file = relative(context.cwd, context.filename);
    const from = roomOf(file);
    const room = rooms[from];
    if (room === undefined || file.endsWith('.test.ts')) return {};

    /** @param {any} node a statement or expression with a `source` @param {boolean} typeOnly */
    const check = (node, typeOnly) => {
      const name = node.source?.value;
      if (typeof name !== 'string') return;
      if (!name.startsWith('.')) {
        const allowed = room.packages.test(name) || (typeOnly && room.typePackages?.test(name) === true);
        if (!allowed) context.report({ node, messageId: 'package', data: { from, name } });
        return;
      }
      const path = relative(context.cwd, join(dirname(context.filename), name));
      const to = roomOf(path);
      if (to === from || outerOf(to) === from || room.rooms.includes(to) || room.rooms.includes(outerOf(to))) return;
      if (room.doors?.includes(path.split(sep).join('/')) === true) return;
      const types = room.types?.includes(to) === true;
      if (types && typeOnly) return;
      const typesOnly = (room.types ?? []).map((one) => `${one} (types)`);
      const allowed = [...room.rooms, ...typesOnly, ...(room.doors ?? [])].join(', ') || 'no other';
      context.report({ node, messageId: types ? 'types' : 'room', data: { from, to, allowed } });
    };

    return {
      ImportDeclaration: (node) => check(node, 'importKind' in node && node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, 'exportKind' in node && node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, 'exportKind' in node && node.exportKind === 'type'),
      ImportExpression: (node) => check(node, false),
    };
  },
};
