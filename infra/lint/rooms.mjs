/**
 * A lint rule that holds the import direction between the rooms (docs/architecture.md): each room lists the rooms and
 * packages it may import, and everything else is an error. Tests may import anything.
 */
import { dirname, join, relative, sep } from 'node:path';

/**
 * @typedef {object} Room
 * @property {string[]} rooms rooms whose values and types may be imported, besides its own
 * @property {string[]} [types] rooms whose types only may be imported
 * @property {RegExp} packages what may be imported by name: npm packages and `node:` modules
 * @property {RegExp} [typePackages] of what else the types may be imported
 */

/** @type {Record<string, Room>} */
const rooms = {
  contracts: { rooms: [], packages: /^zod$/ },
  workflows: { rooms: ['contracts'], types: ['activities'], packages: /^@temporalio\/(workflow|common)$/ },
  activities: {
    rooms: ['contracts', 'learning', 'storage', 'telemetry'],
    packages: /^(?!@tensorflow\/|@aws-sdk\/|@temporalio\/)|^@temporalio\/(activity|common)$/,
    typePackages: /^@temporalio\/worker$/,
  },
  learning: { rooms: ['contracts'], packages: /^(?!@temporalio\/|@aws-sdk\/)/ },
  storage: { rooms: ['contracts'], packages: /^(?!@temporalio\/|@tensorflow\/|sharp$)/ },
  telemetry: {
    rooms: ['contracts'],
    packages: /^@opentelemetry\/|^@temporalio\/(common|interceptors-opentelemetry|workflow)(\/|$)/,
    typePackages: /^@temporalio\/(client|worker)$/,
  },
  worker: {
    rooms: ['contracts', 'workflows', 'activities', 'learning', 'storage', 'telemetry'],
    packages: /^(?!@aws-sdk\/|@temporalio\/client$)/,
  },
  client: {
    rooms: ['contracts', 'storage', 'infra', 'telemetry'],
    types: ['workflows'],
    packages: /^(?!@tensorflow\/|@aws-sdk\/|@temporalio\/)|^@temporalio\/(client|common|envconfig)(\/|$)/,
  },
  infra: { rooms: [], packages: /^node:/ },
};

/** @type {import('eslint').Rule.RuleModule} */
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
    const from = file.split(sep)[0] ?? '';
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
      const to = relative(context.cwd, join(dirname(context.filename), name)).split(sep)[0] ?? '';
      if (to === from || room.rooms.includes(to)) return;
      const types = room.types?.includes(to) === true;
      if (types && typeOnly) return;
      const allowed = [...room.rooms, ...(room.types ?? []).map((one) => `${one} (types)`)].join(', ') || 'no other';
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
