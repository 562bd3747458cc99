/** `dci-gateway partner grant` and `revoke`: what a partner may do on one registry. */

import { mappingOf } from '../config/mapping-of.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { parseJson } from '../dci/json-parse.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import { decodeQuery } from '../query/decode.ts';
import { ACTIONS, type Allowed, type RecordRights, type RegistryRights, type SearchWidth } from '../security/rights.ts';
import { changePartner } from './change-partner.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';

/** What is not given stays as it is; in a new entry it is nothing. */
export interface GrantOptions {
  readonly record?: string;
  readonly attributes?: Allowed;
  readonly fields?: Allowed;
  readonly identifierTypes?: Allowed;
  /** A query as JSON; the empty text takes the row filter away. */
  readonly rows?: string;
  readonly width?: SearchWidth;
  readonly actions?: Allowed;
  /** Names of the registry's scopes of fields; an empty list takes them away. */
  readonly scopes?: readonly string[];
}

const NEW_REGISTRY: RegistryRights = { width: 'selective', actions: ['search', 'status'], records: new Map() };
const NOTHING: RecordRights = { attributes: [], fields: [], identifierTypes: [] };

export const grantRights = async (
  context: CommandContext,
  id: string,
  registry: string,
  options: GrantOptions,
): Promise<void> => {
  const { record, attributes, fields, identifierTypes, width, actions } = options;
  refuseUnknown(context, registry, options);
  const rows = readRows(context, options.rows);
  const ofRecord = attributes ?? fields ?? identifierTypes ?? options.rows;
  if (record === undefined && ofRecord !== undefined)
    throw new CommandProblem('Give --record: attributes, fields, identifier types and rows belong to a record type.');
  let granted = NEW_REGISTRY;
  await changePartner(context, id, (partner) => {
    const before = partner.registries.get(registry) ?? NEW_REGISTRY;
    const records = new Map(before.records);
    if (record !== undefined) {
      const { rows: oldRows, ...old } = before.records.get(record) ?? NOTHING;
      const kept = options.rows === undefined ? oldRows : rows;
      records.set(record, {
        attributes: attributes ?? old.attributes,
        fields: fields ?? old.fields,
        identifierTypes: identifierTypes ?? old.identifierTypes,
        ...(kept !== undefined && { rows: kept }),
      });
    }
    const { scopes = before.scopes } = options;
    const rights: RegistryRights = {
      ...before,
      width: width ?? before.width,
      actions: actions ?? before.actions,
      records,
      scopes: scopes?.length === 0 ? undefined : scopes,
    };
    granted = rights;
    return { ...partner, registries: new Map([...partner.registries, [registry, rights]]) };
  });
  context.out(`Rights of partner ${id} on ${registry} were changed: dci-gateway partner show ${id}`);
  if (record !== undefined && granted.scopes === undefined && granted.records.get(record)?.identifierTypes.length === 0)
    context.out(`No identifier of ${record} can be searched or is shown yet: --identifier-types says which.`);
  if (rows !== undefined)
    context.out('Whether the registry can be searched by what --rows names was not checked: dci-gateway check does.');
};

/** Takes a record type's rights away, or all on the registry. */
export const revokeRights = async (
  context: CommandContext,
  id: string,
  registry: string,
  { record }: { readonly record?: string },
): Promise<void> => {
  await changePartner(context, id, (partner) => {
    const registries = new Map(partner.registries);
    const rights = registries.get(registry);
    if (rights === undefined) throw new CommandProblem(`Partner ${id} has no rights on ${registry}.`);
    if (record === undefined) registries.delete(registry);
    else if (rights.records.has(record)) {
      registries.set(registry, {
        ...rights,
        records: new Map([...rights.records].filter(([type]) => type !== record)),
      });
    } else throw new CommandProblem(`Partner ${id} has no rights on ${record} of ${registry}.`);
    return { ...partner, registries };
  });
  context.out(`Partner ${id} may no more reach ${record === undefined ? registry : `${record} of ${registry}`}.`);
};

export const refuseUnknownScopes = (
  { config }: Pick<CommandContext, 'config'>,
  registry: string,
  scopes: readonly string[],
): void => {
  const known = config.registries.find(({ id }) => id === registry)?.scopes;
  const stray = scopes.find((name) => known?.has(name) !== true);
  if (stray === undefined) return;
  const names = [...(known?.keys() ?? [])].join(', ') || 'none';
  throw new CommandProblem(`Registry ${registry} has no scope of fields ${stray}. Known: ${names}.`);
};

const refuseUnknown = ({ config }: CommandContext, registry: string, options: GrantOptions): void => {
  const found = config.registries.find(({ id }) => id === registry);
  if (found === undefined) {
    throw new CommandProblem(
      `There is no registry ${registry}. Known: ${config.registries.map(({ id }) => id).join(', ')}.`,
    );
  }
  const { record, scopes = [] } = options;
  refuseUnknownScopes({ config }, registry, scopes);
  refuseNames('action', options.actions, new Set(ACTIONS));
  if (record === undefined) return;
  const { paths } = mappingOf(found);
  const known = paths.get(record);
  if (known === undefined) {
    throw new CommandProblem(
      `Registry ${registry} has no record type ${record}. Known: ${[...paths.keys()].join(', ')}.`,
    );
  }
  refuseNames(`field of ${record}`, options.fields, known.fields);
  refuseNames(`attribute of ${record}`, options.attributes, new Set([...known.fields, ...known.attributes]));
};

/** A right on what is not there allows nothing, and is most often a slip of the pen. */
const refuseNames = (what: string, wanted: Allowed | undefined, known: ReadonlySet<string>): void => {
  const stray = wanted === undefined || wanted === 'all' ? undefined : wanted.find((path) => !known.has(path));
  if (stray === undefined) return;
  const near = nearestName(stray, [...known]);
  throw new CommandProblem(
    `${stray} is no ${what}. ${near === undefined ? `Known: ${[...known].join(', ')}.` : `Did you mean ${near}?`}`,
  );
};

/** The filter must be a query that the gateway understands; whether the registry has its attributes, `check` tells. */
const readRows = ({ config }: CommandContext, text: string | undefined): JsonNode | undefined => {
  if (text === undefined || text === '') return undefined;
  try {
    const { root } = parseJson(text, { maxDepth: config.limits.jsonDepth });
    decodeQuery(root, config.limits);
    return root;
  } catch (cause) {
    if (!(cause instanceof GatewayError || cause instanceof ItemRejection)) throw cause;
    throw new CommandProblem(
      `--rows is no query: ${cause.message} Write, say, '{"birth_date": {"$gte": "1990-01-01"}}'.`,
    );
  }
};
