/** An OpenSPP registry as a backend. */

import {
  type BackendPlugin,
  type CallContext,
  type Capabilities,
  type ConfigProblem,
  ConfigProblems,
} from 'dci-gateway/plugin';
import { bindModel } from './bind-model.ts';
import { changesOf, checkSources } from './changes/changes.ts';
import type { Odoo } from './odoo.ts';
import { OdooFault } from './odoo-fault.ts';
import { createReferences } from './references.ts';
import { search } from './search.ts';
import { readTextFacts } from './text-facts.ts';
import { callOf, type SearchTools } from './tools.ts';

const CAPABILITIES: Capabilities = {
  compare: new Set(['eq', 'lt', 'le', 'gt', 'ge', 'contains', 'startswith']),
  sort: true,
  maxLimit: 10_000,
  childDepth: 4,
  changes: 'poll',
};

export const createOpensppBackend = (
  odoo: Odoo,
  { maxJoined, stateFolder }: { readonly maxJoined: number; readonly stateFolder: string },
): BackendPlugin => {
  let ready: SearchTools | undefined;

  const describe = async (ctx: CallContext): Promise<SearchTools> => {
    try {
      const model = await bindModel(odoo, await readTextFacts(odoo, ctx), ctx);
      ready = { odoo, model, references: createReferences(odoo, maxJoined), maxJoined };
      return ready;
    } catch (cause) {
      const problem = cause instanceof OdooFault ? problemOf(cause) : undefined;
      if (problem === undefined) throw cause;
      throw new ConfigProblems([problem]);
    }
  };

  return {
    capabilities: CAPABILITIES,
    async search(query, ctx) {
      return search(query, callOf(ready ?? (await describe(ctx)), ctx));
    },
    async describe(ctx) {
      const { model } = await describe(ctx);
      return [...model.values()].map(({ described }) => described);
    },
    async changes(request, ctx) {
      return changesOf(request, stateFolder, callOf(ready ?? (await describe(ctx)), ctx));
    },
    async checkChanges(sources, ctx) {
      return checkSources(sources, ready ?? (await describe(ctx)));
    },
    async health(ctx) {
      await odoo.count('res.partner', [['id', '=', 0]], 1, ctx);
    },
    close: async () => odoo.close(),
  };
};

/** What the operator wrote wrongly, as far as it shows at the first connection. */
const problemOf = ({ fault, message }: OdooFault): ConfigProblem | undefined => {
  switch (fault) {
    case 'denied':
      return { path: ['key'], problem: `is not taken: ${message}`, fix: 'make an API key for this user in Odoo' };
    case 'no-database':
      return { path: ['database'], problem: 'is not there' };
    case 'forbidden':
    case 'no-model':
      return { path: ['database'], problem: `is no registry for this user: ${message}` };
    default:
      return undefined;
  }
};
