/** Subscriptions, feeds and digests over a registry in memory: every part as in the gateway, the store in memory or explored. */

import type { ConsentConfig, LimitsConfig, RegistryConfig } from '../../src/config/config.ts';
import type { JsonObject } from '../../src/dci/json-node.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { createDecide } from '../../src/jobs/decide.ts';
import { createDigest } from '../../src/jobs/digest.ts';
import { createFeed } from '../../src/jobs/feed.ts';
import type { HeldLease } from '../../src/jobs/held-lease.ts';
import type { Look } from '../../src/jobs/jobs.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import type {
  BackendPlugin,
  ChangeKind,
  ChangePage,
  ChangeRequest,
  ChangeSource,
  NativeChange,
  NativeRow,
  NativeValue,
  RegistryQuery,
} from '../../src/plugin.ts';
import { createCompileSubscription } from '../../src/registry/compile-subscription.ts';
import type { ConsentDecider } from '../../src/registry/consent/decider.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { createLiveSubscriptions } from '../../src/registry/live-subscriptions.ts';
import { createNumberEvents } from '../../src/registry/notify.ts';
import { createNumberUrgent } from '../../src/registry/number-urgent.ts';
import { SUBSCRIPTION_DEFAULTS, type SubscriptionSettings } from '../../src/registry/plan-subscription.ts';
import { createPolicyOf } from '../../src/registry/policy.ts';
import { createProcessChanges } from '../../src/registry/process-changes.ts';
import { createPush } from '../../src/registry/push.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createRightsVersion } from '../../src/registry/rights-version.ts';
import { createTakeSingles } from '../../src/registry/single-records.ts';
import { createSubscribeRunner } from '../../src/registry/subscribe.ts';
import type { CallbackContent } from '../../src/registry/transaction-work.ts';
import { createUnsubscribeRunner } from '../../src/registry/unsubscribe.ts';
import type { Partner } from '../../src/security/partner.ts';
import type { RegistryRights } from '../../src/security/rights.ts';
import { OUTBOX, type OutboxEntry, type Transaction } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import type { Documents } from '../../src/store/documents.ts';
import { atOnce, createWorld, exploredStore, type World } from './explored-store.ts';
import { entity, read } from './mapping-rig.ts';
import { createTestSealer } from './memory-keys.ts';
import { createMemoryPlugin, type MemoryRegistry } from './memory-plugin.ts';
import { partnerOf } from './partners.ts';
import { QUERY_LIMITS } from './query-limits.ts';
import { ALL_OF_A_RECORD, rightsOf } from './rights.ts';
import { silentLog } from './signing-partner.ts';

export const ENTITIES = [
  entity(
    'person',
    ['person_id'],
    {
      ...{ person_id: 'integer', national_id: 'text', first_name: 'text', last_name: 'text', region: 'text' },
      ...{ dob: 'date', deleted: 'boolean', agreed: 'text' },
    },
    { papers: { entity: 'paper', on: { person_id: 'person_id' } } },
  ),
  entity('paper', ['paper_id'], { paper_id: 'integer', person_id: 'integer', kind: 'text', number: 'text' }),
];

export const YAML = `
records:
  Person:
    entity: person
    fields:
      identifier:
        - { identifier_type: { const: NID }, identifier_value: { from: national_id, need: true } }
        - { each: papers, identifier_type: { from: kind, codes: { P: PASSPORT } }, identifier_value: { from: number, need: true } }
      name: { surname: last_name, given_name: first_name }
      birth_date: { from: dob, as: date }
      address: [ { region_code: region } ]
    attributes:
      home: { from: region }
      agreed: { from: agreed }
changes:
  every: 10s
  sources:
    - log: person_log
      seq: n
      entity: person
      old: { person_id: old_person_id, national_id: old_national_id }
      touches: { Person: [person_id] }
    - log: event_log
      seq: n
      event: DEATH
      where: { what: [DEATH] }
      touches: { Person: [person_id] }
    - { push: true, touches: { Person: [person_id] } }
`;

const MAPPING: Mapping = read(YAML).bind(ENTITIES);
const withSources = (sources: readonly ChangeSource[]): Mapping =>
  MAPPING.changes === undefined ? MAPPING : { ...MAPPING, changes: { ...MAPPING.changes, sources } };

/** One source only: explorations take as few steps as the flow has. */
const LOG_ONLY: Mapping = withSources(MAPPING.changes?.sources.slice(0, 1) ?? []);

export type Row = Record<string, NativeValue>;

/** What a registry holds, and what happened in it; may be changed between two looks. */
export interface Country {
  readonly persons: Row[];
  readonly papers: Row[];
  readonly log: { readonly source: string; readonly change: NativeChange }[];
}

export const createCountry = (): Country => ({ persons: [], papers: [], log: [] });

/** Appends to the log what happened to a person; the row itself is the caller's to change. */
export const happened = (
  country: Country,
  kind: ChangeKind,
  id: number,
  more: { readonly old?: Row; readonly event?: string } = {},
): void => {
  const { old, event } = more;
  country.log.push({
    source: event === undefined ? 'log.person_log' : 'log.event_log:DEATH',
    change: {
      touches: { Person: [[id]] },
      kind,
      version: `v${country.log.length + 1}`,
      ...(old !== undefined && { old: { entity: 'person', row: { columns: old, children: {} } } }),
      ...(event !== undefined && { event }),
    },
  });
};

export const addPerson = (country: Country, id: number, row: Row = {}): void => {
  country.persons.push({ person_id: id, national_id: `N${id}`, first_name: `F${id}`, last_name: `L${id}`, region: 'R1', dob: '1990-01-01', deleted: false, agreed: 'no', ...row }); // biome-ignore format: one look
  happened(country, 'created', id);
};

export const changePerson = (country: Country, id: number, row: Row): void => {
  Object.assign(country.persons.find((each) => each.person_id === id) ?? {}, row);
  happened(country, 'updated', id);
};

export const removePerson = (country: Country, id: number, old?: Row): void => {
  const at = country.persons.findIndex((each) => each.person_id === id);
  if (at >= 0) country.persons.splice(at, 1);
  happened(country, 'deleted', id, old === undefined ? {} : { old });
};

/** In `region`: the row comes out of its plugin in a form that nothing can be made of. */
export const BROKEN = 'broken';
const asRead = (row: NativeRow): NativeRow =>
  row.columns.region === BROKEN ? { ...row, children: undefined as unknown as NativeRow['children'] } : row;

/** Effects of a plugin: where an explorer wants them to be steps of their own. */
type Effect = <T>(name: string, work: () => T) => Promise<T>;
const direct: Effect = async (_name, work) => work();

const pluginOf = (country: Country, effect: Effect, searching: RigOptions['searching']): BackendPlugin => {
  const registry: MemoryRegistry = {
    entities: ENTITIES,
    rows: { person: country.persons, paper: country.papers },
    live: { person: (row) => row.deleted !== true },
  };
  const memory = createMemoryPlugin(registry);
  const withDeleted = createMemoryPlugin({ ...registry, live: {} });
  const isLive = ({ columns }: NativeRow): boolean =>
    country.persons.some((row) => row.person_id === columns.person_id && row.deleted !== true);
  return {
    ...memory,
    search: (query) =>
      effect(`read ${query.entity}`, () => {
        searching?.(query);
        if (query.deleted !== 'with') return memory.find(query);
        const { rows, total } = withDeleted.find(query);
        return { rows: rows.map((row) => ({ ...asRead(row), live: isLive(row) })), total };
      }),
    changes: ({ source, cursor, limit }) =>
      effect(`read ${source.id}`, () => {
        const all = country.log.filter((each) => each.source === source.id);
        const from = Number(cursor ?? 0);
        const page = all.slice(from, from + limit);
        return {
          changes: page.map(({ change }) => change),
          cursor: String(from + page.length),
          more: from + page.length < all.length,
        };
      }),
  };
};

export const CALLBACK = 'https://health.example.org';

export const subscriber = (id = 'health', rights: Partial<RegistryRights> = {}, more: Partial<Partner> = {}): Partner =>
  partnerOf(id, {
    callbacks: [CALLBACK],
    callback: { url: `${CALLBACK}/dci` },
    registries: new Map([['social', rightsOf({ Person: ALL_OF_A_RECORD }, rights)]]),
    ...more,
  } as Partial<Partner>);

type ReadChanges = (request: ChangeRequest) => Promise<ChangePage>;

export interface RigOptions {
  readonly country?: Country;
  /** May be replaced while the rig works. */
  readonly partners?: Partner[];
  readonly world?: World;
  readonly documents?: Documents;
  readonly effect?: Effect;
  readonly clock?: () => number;
  /** The clock's unless told otherwise. */
  readonly monotonic?: () => number;
  readonly settings?: Partial<SubscriptionSettings>;
  readonly domain?: RegistryConfig['domain'];
  readonly consent?: ConsentConfig;
  /** Asked about consent where `consent` names a service. */
  readonly decider?: ConsentDecider;
  /** One source, nothing pushed, and events that are left unnumbered: the page alone. */
  readonly pageOnly?: boolean;
  /** Notifications go out in clear: what is explored is delivered as well. */
  readonly inClear?: boolean;
  /** Before each search of the registry: throws where it is to fail. */
  readonly searching?: (query: RegistryQuery) => void;
  /** Other than the usual one. */
  readonly yaml?: string;
  /** Other sources than the log's, read in another way, from now on. */
  readonly fromNow?: { readonly sources: readonly ChangeSource[]; readonly changes: ReadChanges };
}

export const HELD = { lost: false, closing: false, mayStart: async () => true } as unknown as HeldLease;

export const subscriptionRig = (options: RigOptions = {}) => {
  const { country = createCountry(), partners = [subscriber()], world = createWorld(1_700_000_000_000) } = options;
  const documents = options.documents ?? exploredStore(world, atOnce).documents;
  const clock = options.clock ?? ((): number => world.now);
  const config = { id: 'social', domain: options.domain ?? 'social', regType: 'ns:org:RegistryType:Social', regTypes: [], consent: options.consent } as unknown as RegistryConfig; // biome-ignore format: one look
  const limits = { ...QUERY_LIMITS, syncItems: 100 } as unknown as LimitsConfig;
  const { fromNow } = options;
  const plugin = {
    ...pluginOf(country, options.effect ?? direct, options.searching),
    ...(fromNow && { changes: fromNow.changes }),
  };
  const usual = options.yaml === undefined ? MAPPING : read(options.yaml).bind(ENTITIES);
  const mapping = fromNow !== undefined ? withSources(fromNow.sources) : options.pageOnly === true ? LOG_ONLY : usual;
  const registry: Registry = {
    config,
    plugin,
    mapping: async () => mapping,
    health: async () => undefined,
    close: async () => undefined,
  };
  const sealer = createTestSealer();
  const keyed = createKeyed(Buffer.alloc(32, 7));
  const rightsVersion = createRightsVersion(() => config.consent);
  const partner = (id: string): Partner | undefined => partners.find((each) => each.id === id);
  const find = (id: string): Registry | undefined => (id === 'social' ? registry : undefined);
  const settings = { ...SUBSCRIPTION_DEFAULTS, ...options.settings };
  const warnings: string[] = [];
  const warn = (line: string): void => void warnings.push(line);
  const log = { ...silentLog, warn, error: warn };
  const wake = (): void => undefined;
  const shared = {
    documents,
    sealer,
    keyed,
    clock,
    log,
    partner,
    rightsVersion,
    registry: find,
    wake,
    consentOf: () => config.consent,
    policyOf: createPolicyOf(),
  };
  const compile = createCompileSubscription({ ...shared, limits });
  const live = createLiveSubscriptions({ ...shared, compile });
  const process = createProcessChanges({ ...shared, live });
  const numberEvents = createNumberEvents({
    ...{ ...shared, keyed, senderId: 'gateway.example' },
    confidential: async () => options.inClear !== true,
  });
  const numberUrgent = createNumberUrgent(documents, numberEvents);
  const takeSingles = createTakeSingles({ ...shared, process });
  const around =
    options.pageOnly === true
      ? { numberUrgent: async () => undefined, takeSingles: async () => false }
      : { numberUrgent, takeSingles };
  const { monotonic = clock } = options;
  const feedHandler = createFeed({
    ...shared,
    monotonic,
    process,
    ...around,
    begin: fromNow === undefined ? 'all' : 'now',
  });
  const {
    decider = {
      decide: async () => {
        throw new Error('nobody is asked');
      },
    },
  } = options;
  const decideHandler = createDecide({ ...shared, compile, decider, service: decider, numberEvents });
  const digestHandler = createDigest({ ...shared, numberEvents, timezone: settings.timezone });
  const data = { admit: async () => Number.POSITIVE_INFINITY };
  const subscribeRunner = createSubscribeRunner({ ...shared, limits, settings, data, maxItems: 100 });
  const unsubscribeRunner = createUnsubscribeRunner({ documents, clock, maxItems: 100 });
  let requests = 0;

  const transactionOf = (operation: Transaction['operation'], by: string, codes: readonly string[]): Transaction => {
    requests += 1;
    const id = K('T', requests);
    return {
      ...{ _id: id, version: 1, partner: by, registry: 'social', operation, transactionId: `t${requests}` },
      ...{ same: id, round: 1, digest: id, messageId: `m${requests}`, correlationId: `c${requests}` },
      ...{ outgoingMessageId: `o${requests}`, codes, ack: '{"header":{}}', lane: `searches:${by}` },
      ...{ state: 'running', starts: 1, acceptedAt: clock(), changedAt: clock() },
      callbackUrl: `${CALLBACK}/dci/on-subscribe`,
    };
  };

  const handlers = { feed: feedHandler, digest: digestHandler, decide: decideHandler };
  const run = async (lane: keyof typeof handlers, of = 'social'): Promise<Look> => {
    const handler = handlers[lane];
    for (;;) {
      const look = await handler({ lane: `${lane}:${of}`, of, held: HELD });
      if (!look.more) return look;
    }
  };

  return {
    ...{
      country,
      partners,
      world,
      documents,
      mapping,
      registry,
      warnings,
      keyed,
      sealer,
      numberEvents,
      process,
      live,
      run,
    },
    unsubscribeRunner,
    push: createPush(shared),
    subscribeRunner,
    transactionOf,
    /** Subscribes and answers the codes with what the callback says. */
    subscribe: async (criteria: object | readonly object[], by = 'health') => {
      const all = Array.isArray(criteria) ? (criteria as readonly object[]) : [criteria];
      const codes = all.map((_, index) => `SUB-${by}-${requests + 1}-${index}`);
      const message = subscribeMessage(all);
      const found = partner(by);
      if (found === undefined) throw new Error(`there is no partner ${by}`);
      const [content] = await subscribeRunner.run({ transaction: transactionOf('subscribe', by, codes), message, partner: found }); // biome-ignore format: one look
      return { codes, content: content as CallbackContent, items: itemsOf(content) };
    },
    unsubscribe: async (
      codes: readonly string[],
      by = 'health',
      transaction = transactionOf('unsubscribe', by, []),
    ) => {
      const found = partner(by);
      if (found === undefined) throw new Error(`there is no partner ${by}`);
      const message = jsonObject({ transaction_id: 't', timestamp: '2024-01-01T00:00:00Z', subscription_codes: codes });
      const [content] = await unsubscribeRunner.run({ transaction, message, partner: found });
      return content as CallbackContent;
    },
    /** Polls all there is: the clock moves on to the next poll first. */
    poll: async () => {
      world.now += 10_000;
      await run('feed');
    },
    /** Entries of a subscription, lowest number first, with what they say. */
    told: async (code: string) => {
      const entries = await documents.find(OUTBOX, { index: 'seq', equals: [code], limit: 10_000 });
      return entries.map((entry) => ({ entry, ...contentOf(entry, sealer) }));
    },
  };
};

export type SubscriptionRig = ReturnType<typeof subscriptionRig>;

export const EVERYTHING = { type: '*', value: '*' };

export const criteria = (more: object = {}): object => ({
  reg_event_type: 'UPDATE',
  notify_record_type: 'Person',
  filter: EVERYTHING,
  ...more,
});

export const subscribeMessage = (all: readonly object[]): JsonObject =>
  jsonObject({
    transaction_id: 't',
    subscribe_request: all.map((each, index) => ({
      reference_id: `r${index}`,
      timestamp: '2024-01-01T00:00:00Z',
      subscribe_criteria: each,
    })),
  });

const jsonObject = (value: object): JsonObject => parseJsonObject(JSON.stringify(value), { maxDepth: 32 }).root;

interface ToldRecord {
  readonly event: string;
  readonly regEventType: string | undefined;
  readonly referenceId: string;
  readonly record: Readonly<Record<string, unknown>>;
}

const contentOf = (entry: OutboxEntry, sealer: { open(text: string): string }) => {
  if (entry.message === undefined) return { header: {}, records: [] as ToldRecord[], text: '' };
  const text = sealer.open(entry.message);
  const { header, message } = JSON.parse(text) as {
    header: { meta: { events: { reg_event_type: string }[] } } & Record<string, unknown>;
    message: { notify_event: { reference_id: string; data: Record<string, unknown> }[] };
  };
  const records = message.notify_event.map(
    ({ reference_id, data }, index): ToldRecord => ({
      event: header.meta.events[index]?.reg_event_type ?? '',
      regEventType: data.reg_event_type as string | undefined,
      referenceId: reference_id,
      record: data.reg_records as Record<string, unknown>,
    }),
  );
  return { header, records, text };
};

const itemsOf = (content: CallbackContent | undefined) =>
  (content?.message as { subscribe_response: Record<string, unknown>[] } | undefined)?.subscribe_response ?? [];
