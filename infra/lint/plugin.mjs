/** The rules of our own, as a plugin of oxlint. */
import { importDirection } from './rooms.mjs';

/** @type {import('oxlint/plugins-dev').Rule} */
const noPrivateIdentifier = {
  meta: { type: 'problem', schema: [], messages: { hash: 'Write `private`: there is one way of private members.' } },
  create: (context) => ({ PrivateIdentifier: (node) => context.report({ node, messageId: 'hash' }) }),
};

export default {
  meta: { name: 'graftwork' },
  rules: { 'import-direction': importDirection, 'no-private-identifier': noPrivateIdentifier },
};
