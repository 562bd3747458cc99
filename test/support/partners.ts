/** A complete partner for tests; every part can be replaced. */

import type { Partner } from '../../src/security/partner.ts';

export const partnerOf = (id: string, changes: Partial<Partner> = {}): Partner => ({
  id,
  senderIds: [`${id}.example.org`],
  clientId: `${id}-client`,
  secret: undefined,
  active: true,
  version: 1,
  keys: [],
  signature: { accept: ['dci-spaced'], send: 'dci-spaced', require: 'required', replay: 'answer' },
  limits: {},
  scopes: 'all',
  registries: new Map(),
  callbacks: [],
  demo: false,
  source: 'store',
  ...changes,
});
