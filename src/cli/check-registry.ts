/** Looks at one registry as it is: can it be reached, does the mapping fit, which attributes read a whole table. */

import { randomUUID } from 'node:crypto';
import type { Config, RegistryConfig } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import { rowFilterProblems, uselessRights } from '../gateway/check-rights.ts';
import { connectUnsigned } from '../gateway/connect-upstreams.ts';
import { absentTeller } from '../gateway/fitting-partners.ts';
import { openRegistries } from '../gateway/open-registries.ts';
import type { Log } from '../log.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { Entity } from '../plugin.ts';
import { callContext } from '../registry/call-context.ts';
import type { Registry } from '../registry/registry.ts';
import type { Partner } from '../security/partner.ts';
import { type Access, accessOf, columnsIn, reads } from './compared-columns.ts';

const DEADLINE_MS = 60_000;

export interface RegistryReport {
  /** Undefined: it was reached. */
  readonly unreachable?: string;
  /** `Person (31 attributes)` */
  readonly records: readonly string[];
  readonly scans: readonly Scan[];
  /** What is wrong with rights of the Store's partners, a sentence each. */
  readonly rights: readonly string[];
  /** The partner that its notifications come from, where it is not among those that were looked at. */
  readonly absentTeller?: string | undefined;
}

/** Columns by which a search reads a whole table, and the attributes that lead to it. */
export interface Scan {
  /** `person.given_name` */
  readonly columns: readonly string[];
  /** As the database tells it. */
  readonly plan: string;
  /** `Person.name.given_name`, `Member.demographic_info.name.given_name`, … */
  readonly attributes: readonly string[];
}

export interface Surroundings {
  readonly config: Config;
  /** Partners made by command. */
  readonly stored: readonly Partner[];
  /** For what the plugin keeps; not the gateway's own, which may be running. */
  readonly stateFolder: string;
  readonly log: Log;
  readonly progress: (line: string) => void;
}

/** Rejects with `ConfigError` when entities or mapping do not fit the registry, row filters of its partners included. */
export const checkRegistry = async (registry: RegistryConfig, surroundings: Surroundings): Promise<RegistryReport> => {
  const { config, stateFolder, log, progress } = surroundings;
  const alone: Config = { ...config, store: { ...config.store, folder: stateFolder }, registries: [registry] };
  const opened = await openRegistries({
    config: alone,
    log,
    progress,
    connect: connectUnsigned(config, log),
  });
  try {
    const [only] = opened;
    return only === undefined ? NOTHING : await look(only, surroundings);
  } finally {
    await Promise.all(opened.map((each) => each.close()));
  }
};

const NOTHING: RegistryReport = { records: [], scans: [], rights: [] };

const look = async (registry: Registry, { config, log, stored }: Surroundings): Promise<RegistryReport> => {
  let mapping: Mapping;
  try {
    mapping = await registry.mapping();
  } catch (cause) {
    if (cause instanceof GatewayError) return { ...NOTHING, unreachable: cause.detail ?? cause.message };
    throw cause;
  }
  const records = [...mapping.records].map(
    ([type, { attributes }]) => `${type} (${new Set(attributes.values()).size} attributes)`,
  );
  const rights = [
    ...rowFilterProblems(stored, registry.config.id, mapping),
    ...uselessRights(stored, registry.config.id, mapping),
  ];
  const partners = [...config.partners.map(({ partner }) => partner), ...stored];
  const scans = await findScans(registry, mapping, log);
  return { records, scans, rights, absentTeller: absentTeller(registry, partners) };
};

const findScans = async ({ plugin }: Registry, mapping: Mapping, log: Log): Promise<RegistryReport['scans']> => {
  if (plugin.scans === undefined) return [];
  const context = callContext(AbortSignal.timeout(DEADLINE_MS), DEADLINE_MS, randomUUID(), log);
  const entities = new Map((await plugin.describe(context)).map((entity): [string, Entity] => [entity.name, entity]));
  const found = attributeAccess(mapping, entities);
  const columns = new Map(found.flatMap(({ access }) => columnsIn(access)).map((each) => [keyOf(each), each]));
  const plans = new Map((await plugin.scans([...columns.values()], context)).map((each) => [keyOf(each), each.plan]));
  const scanned = new Set(plans.keys());
  const scans = new Map<string, { columns: readonly string[]; plan: string; attributes: string[] }>();
  for (const { attribute, access } of found.filter((each) => reads(each.access, scanned))) {
    const columns = [...new Set(columnsIn(access).map(keyOf))].filter((column) => scanned.has(column));
    const key = columns.join();
    const scan = scans.get(key) ?? {
      columns,
      plan: columns.map((column) => plans.get(column)).join('; '),
      attributes: [],
    };
    scan.attributes.push(attribute);
    scans.set(key, scan);
  }
  return [...scans.values()];
};

const keyOf = ({ entity, column }: { readonly entity: string; readonly column: string }): string =>
  `${entity}.${column}`;

const attributeAccess = (
  mapping: Mapping,
  entities: ReadonlyMap<string, Entity>,
): readonly { readonly attribute: string; readonly access: Access }[] =>
  [...mapping.records].flatMap(([type, { attributes }]) =>
    [...new Set(attributes.values())].flatMap((attribute) => {
      const access = accessOf(mapping, entities, type, attribute);
      return access === undefined ? [] : [{ attribute: `${type}.${attribute.path}`, access }];
    }),
  );
