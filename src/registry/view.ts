/** What a partner sees of each record type, wherever one is nested (mapping.ts `View`). */

import type { RecordModel } from '../dci/attribute.ts';
import type { Filter } from '../dci/filter.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { STANDARD_OUTPUT } from '../dci/output/policy.ts';
import { type RecordOutput, recordOutput } from '../dci/output/record-output.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import type { Mapping, RecordView, View } from '../mapping/mapping.ts';
import { decodeQuery } from '../query/decode.ts';
import type { QueryLimits } from '../query/limits.ts';
import { resolveFilter } from '../query/resolve.ts';
import { allOf } from '../query/same-item.ts';
import type { Partner } from '../security/partner.ts';
import { fillPlaceholders } from '../security/placeholders.ts';
import { type RecordRights, type RegistryRights, rowFilters } from '../security/rights.ts';
import type { Models } from './allowed.ts';
import { crossingPaths, withoutCrossing } from './crossing-paths.ts';
import type { Policy } from './policy.ts';
import { shows } from './sees-field.ts';

/** Queries of the operator: bounded by more than any needs. */
export const OPERATOR_LIMITS: QueryLimits = {
  predicates: 1_000,
  treeNodes: 2_000,
  inValues: 10_000,
  identifiersPerList: 1_000,
  graphqlBytes: 8_192,
  graphqlTokens: 500,
};

const CACHED_VIEWS = 1_000; // a view is a few closures; the oldest goes first

export interface ViewParts {
  readonly rights: RegistryRights;
  readonly models: Models;
  readonly compileRows: (rows: JsonNode, model: RecordModel) => Filter;
}

/** Everything is made here, once: nothing is resolved while records are rendered. Throws `ItemRejection` for a bad row filter. */
export const makeView = ({ rights, models, compileRows }: ViewParts): View => {
  const views = new Map<string, RecordView>();
  const held = new Map<string, Filter>();
  for (const [type, record] of rights.records) {
    const model = models.get(type);
    if (model === undefined) continue;
    const filters = rowFilters(rights, type).map((rows) => compileRows(rows, model));
    const rows = filters.length === 0 ? undefined : allOf(filters);
    views.set(type, makeRecordView({ ...record, fields: withoutCrossing(record.fields, model) }, rows));
  }
  for (const [type, rule] of rights.consent ?? []) {
    const model = models.get(type);
    if (model !== undefined) held.set(type, compileRows(rule, model));
  }
  const view = {
    of: (recordType: string) => views.get(recordType),
    held: (recordType: string) => held.get(recordType),
  };
  // Until somebody was asked, nobody consented.
  return rights.asks === undefined ? view : { ...view, consented: new Map([...rights.asks].map((type) => [type, []])) };
};

const makeRecordView = ({ fields, identifierTypes }: RecordRights, rows: Filter | undefined): RecordView => {
  const types = identifierTypes === 'all' ? undefined : new Set(identifierTypes);
  return {
    shows: (path) => shows(fields, path),
    showsIdentifier: (type) => types === undefined || types.has(type),
    ...(types !== undefined && { identifierTypes: [...types] }),
    rows,
  };
};

/** A row filter in any dialect, `{"type":"*","value":"*"}` included. `today`: `YYYY-MM-DD` in UTC, for ages and `{today}`. */
export const rowCompiler =
  (today: string): ViewParts['compileRows'] =>
  (rows, model) => {
    const query = fillPlaceholders(rows, { today });
    return resolveFilter(decodeQuery(query, OPERATOR_LIMITS, { everything: true }).raw, model, { today });
  };

/** What a partner sees, and how it is written for it. Undefined output: as it is rendered. */
export interface PartnerView extends View {
  readonly output: RecordOutput | undefined;
}

/** Who looks at what, for which purpose. */
export interface Acting {
  readonly partner: Pick<Partner, 'id' | 'source' | 'version' | 'output'>;
  readonly registry: string;
  readonly policy: Pick<Policy, 'rights' | 'key'>;
}

/** The partner's view of one registry's records on a day; made once for each version of the partner, purpose and mapping. */
export type Views = (acting: Acting, mapping: Mapping, today: string) => PartnerView;

export const makeViews = (): Views => {
  const byMapping = new WeakMap<Mapping, Map<string, PartnerView>>();
  return ({ partner, registry, policy }, mapping, today) => {
    const known = byMapping.get(mapping) ?? new Map<string, PartnerView>();
    byMapping.set(mapping, known);
    const key = JSON.stringify([partner.id, partner.source, partner.version, registry, policy.key, today]);
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const seen = checkedView(policy.rights, mapping.records, rowCompiler(today));
    const view = { ...seen, output: recordOutput(partner.output ?? STANDARD_OUTPUT, mapping.records) };
    const [oldest] = known.keys();
    if (known.size >= CACHED_VIEWS && oldest !== undefined) known.delete(oldest);
    known.set(key, view);
    return view;
  };
};

/** A bad row filter is the operator's fault, not the caller's: nothing is answered, and its words stay in the log. */
const checkedView = (rights: RegistryRights, models: Models, compileRows: ViewParts['compileRows']): View => {
  try {
    return makeView({ rights, models, compileRows });
  } catch (cause) {
    if (!(cause instanceof ItemRejection)) throw cause;
    throw new GatewayError('service.unavailable', { detail: `row filter: ${cause.message}`, cause });
  }
};

/** Where it stands below the rights on a registry, what is wrong, how to mend it. */
export interface RightsMistake {
  readonly path: readonly string[];
  readonly problem: string;
  readonly fix?: string;
}

/**
 * What is wrong with these rights on these records, for the operator: a row filter that names what is not searchable, a
 * path that goes on into a nested record.
 */
export const rightsMistakes = (rights: RegistryRights, models: Models): readonly RightsMistake[] =>
  [...rights.records].flatMap(([type, record]) => {
    const model = models.get(type);
    if (model === undefined) return [];
    const purposes = [...(rights.purposes ?? [])].flatMap(([name, { records }]) =>
      rowMistakes(['purposes', name, 'records', type, 'rows'], records?.get(type)?.rows, model),
    );
    const crossing = (['fields', 'attributes'] as const).flatMap((key) =>
      crossingPaths(record[key], model).map(({ path, record: nested }) => ({
        path: ['records', type, key],
        problem: `${path} lies in a nested ${nested}; say under records.${nested} what is allowed of it`,
      })),
    );
    return [...crossing, ...rowMistakes(['records', type, 'rows'], record.rows, model), ...purposes];
  });

/** The same, a sentence each. */
export const checkRows = (rights: RegistryRights, models: Models): readonly string[] =>
  rightsMistakes(rights, models).map(({ path, problem }) => `${path.join('.')}: ${problem}`);

const SHOWN_ATTRIBUTES = 30;

/** What is wrong with a query that stands at this path and holds the records of a type. */
export const rowMistakes = (
  path: readonly string[],
  rows: JsonNode | undefined,
  model: RecordModel,
): readonly RightsMistake[] => {
  if (rows === undefined) return [];
  try {
    rowCompiler('2000-01-01')(rows, model);
    return [];
  } catch (error) {
    if (!(error instanceof ItemRejection)) throw error;
    const known = [...model.attributes.keys()].slice(0, SHOWN_ATTRIBUTES).join(', ');
    return [
      {
        path,
        problem: error.message,
        fix: `write a query that ${model.type} can be searched by; attributes: ${known}`,
      },
    ];
  }
};
