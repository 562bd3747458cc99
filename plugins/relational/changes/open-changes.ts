/** Puts together what change feeds need of a relational backend. */

import type { CallContext } from 'dci-gateway/plugin';
import { BackendError } from 'dci-gateway/plugin';
import { buildModel } from '../build-model.ts';
import type { Database } from '../database.ts';
import type { Dialect } from '../dialect.ts';
import type { EntityConfig, EntityConfigs } from '../entities.ts';
import type { EntityFacts } from '../introspection.ts';
import type { Model, ModelEntity } from '../model.ts';
import type { SearchTools } from '../search.ts';
import type { ChangeSetup, ChangeTools } from './change-tools.ts';

export interface ChangeParts {
  readonly entities: EntityConfigs;
  readonly dialect: Dialect;
  readonly database: Database;
  readonly schema?: string | undefined;
  readonly setup: ChangeSetup & { readonly timeoutMs: number };
  facts(entity: EntityConfig, ctx: CallContext): Promise<EntityFacts>;
}

/** The same entities with rows that are not live; their children are the live ones. */
export const withDeleted = (
  entities: EntityConfigs,
  live: Model,
  facts: ReadonlyMap<string, EntityFacts>,
  dialect: Dialect,
  schema: string | undefined,
): Model => {
  const all = Object.entries(entities).map(([name, { live: _, ...config }]) => [name, config] as const);
  const { model } = buildModel(Object.fromEntries(all), facts, dialect, schema);
  return new Map(
    [...model].flatMap(([name, entity]): [string, ModelEntity][] => {
      const { nativeKey, children } = live.get(name) ?? entity;
      // Named otherwise: statements are kept under an entity's name.
      return [[name, { ...entity, name: `${name} with deleted`, nativeKey, children }]];
    }),
  );
};

export const openChangeTools = (parts: ChangeParts, all: Model, search: SearchTools): ChangeTools => {
  const { entities, dialect, database, schema, setup } = parts;
  const tables = new Map<string, ModelEntity>();
  return {
    ...setup,
    database,
    search,
    entity(name) {
      const entity = all.get(name);
      if (entity === undefined) throw new BackendError('refused', `there is no entity ${name}`);
      return entity;
    },
    async table(name, key, ctx) {
      const known = tables.get(name);
      if (known !== undefined) return known;
      const config = { table: name, key };
      const facts = await parts.facts(config, ctx);
      const table = buildModel({ [name]: config }, new Map([[name, facts]]), dialect, schema).model.get(name);
      if (table === undefined) throw new BackendError('refused', `there is no table ${name}`);
      const named = { ...table, name: `log ${name}` };
      tables.set(name, named);
      return named;
    },
    liveColumns: (name) => Object.keys(entities[name]?.live ?? {}),
  };
};
