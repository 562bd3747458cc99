/** The few methods of Odoo that the plugin calls, all of them reading, with the context of the configuration. */

import { BackendError, type CallContext } from 'dci-gateway/plugin';
import type { Domain } from './domain.ts';
import { createJson2 } from './json2.ts';
import { createJsonRpc, majorVersion } from './jsonrpc.ts';
import { OdooFault } from './odoo-fault.ts';
import type { JsonPoster } from './post-json.ts';
import { createShared } from './shared.ts';
import { isObject, type Transport } from './transport.ts';

export type OdooRecord = Readonly<Record<string, unknown>> & { readonly id: number };

/** What `fields_get` says of a field; what it does not say counts as no. */
export interface OdooField {
  readonly type: string;
  readonly relation: string | undefined;
  readonly store: boolean;
  readonly searchable: boolean;
  readonly sortable: boolean;
}

export interface ReadOptions {
  readonly domain: Domain;
  readonly fields: readonly string[];
  readonly limit: number;
  readonly offset?: number;
  readonly order: string;
}

export interface Odoo {
  read(model: string, options: ReadOptions, ctx: CallContext): Promise<readonly OdooRecord[]>;
  /** At most `limit`. */
  count(model: string, domain: Domain, limit: number, ctx: CallContext): Promise<number>;
  fields(model: string, ctx: CallContext): Promise<ReadonlyMap<string, OdooField>>;
  /** The server's clock in milliseconds since 1970; ours where it never said. */
  now(): number;
  close(): void;
}

export interface OdooOptions {
  readonly database: string;
  readonly user: string | undefined;
  readonly key: string;
  readonly transport: 'auto' | 'jsonrpc' | 'json2';
  readonly company: number | undefined;
  readonly language: string | undefined;
}

const FIRST_WITH_JSON2 = 19;
const ATTRIBUTES = ['type', 'relation', 'store', 'searchable', 'sortable'];

export const createOdoo = (poster: JsonPoster, options: OdooOptions): Odoo => {
  const { company, language } = options;
  // Which rows are archived is asked for by name: Odoo's own filter is off.
  const context = {
    active_test: false,
    ...(language !== undefined && { lang: language }),
    ...(company !== undefined && { allowed_company_ids: [company] }),
  };
  const transport = createShared((ctx) => chooseTransport(poster, options, ctx));
  let made: Transport | undefined;
  const call = async (model: string, method: string, args: object, ctx: CallContext): Promise<unknown> => {
    made = await transport.get(ctx);
    return made.call(model, method, { ...args, context }, ctx);
  };

  return {
    async read(model, options, ctx) {
      const rows = await call(model, 'search_read', options, ctx);
      if (!Array.isArray(rows) || !rows.every(isRecord)) throw unexpected(model);
      return rows;
    },
    async count(model, domain, limit, ctx) {
      const count = await call(model, 'search_count', { domain, limit }, ctx);
      if (typeof count !== 'number') throw unexpected(model);
      return Math.min(count, limit);
    },
    async fields(model, ctx) {
      const fields = await call(model, 'fields_get', { attributes: ATTRIBUTES }, ctx);
      if (!isObject(fields)) throw unexpected(model);
      return new Map(Object.entries(fields).map(([name, field]) => [name, fieldOf(field)]));
    },
    now: () => made?.clock ?? Date.now(),
    close: () => poster.close(),
  };
};

const chooseTransport = async (poster: JsonPoster, options: OdooOptions, ctx: CallContext): Promise<Transport> => {
  const { database, user, key, transport } = options;
  const json2 =
    transport === 'json2' || (transport === 'auto' && (await majorVersion(poster, ctx)) >= FIRST_WITH_JSON2);
  if (json2) return createJson2(poster, { database, key });
  if (user === undefined) throw new OdooFault('denied', 'Odoo needs a user for JSON-RPC');
  return createJsonRpc(poster, { database, user, key });
};

const isRecord = (value: unknown): value is OdooRecord => isObject(value) && typeof value.id === 'number';

const fieldOf = (field: unknown): OdooField => {
  const { type, relation, store, searchable, sortable } = isObject(field) ? field : {};
  return {
    type: String(type),
    relation: typeof relation === 'string' ? relation : undefined,
    store: store === true,
    searchable: searchable === true,
    sortable: sortable === true,
  };
};

const unexpected = (model: string): BackendError =>
  new BackendError('unavailable', `what Odoo answers for ${model} is not what it should be`);
