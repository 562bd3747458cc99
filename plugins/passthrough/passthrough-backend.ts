/** A DCI server as a backend: queries rewritten in its words, its records as rows. */
import { BackendError, type BackendPlugin, type DciEnvironment, type UpstreamOffer } from 'dci-gateway/plugin';
import { changeProblems, createChanges } from './changes.ts';
import { type PassthroughConfig, relayOptions, upstreamOptions } from './config.ts';
import { createForwards } from './forwards.ts';
import { createPlanQuery } from './plan-query.ts';
import { readLocations } from './read-locations.ts';
import { makeWorld, type World } from './record-types.ts';
import { KEY, withKey } from './records.ts';
import { createSearch, DEFAULT_MOST_PAGES, DEFAULT_PAGE_SIZE } from './search.ts';
import { subscriptionOffer } from './subscription.ts';

/** Whose record a notification bears, by its record type as the upstream names it; the only one there is where it names none. */
const keyFinder =
  ({ recordTypes }: World): NonNullable<UpstreamOffer['notifications']>['keyOf'] =>
  (named, record) => {
    const types = [...recordTypes];
    const [only] = types;
    const found = types.find(([name, { wireName }]) => named === wireName || named === name) ?? (named === undefined && types.length === 1 ? only : undefined); // biome-ignore format: one look
    if (found === undefined) return undefined;
    const [recordType, type] = found;
    const { [KEY]: key } = withKey(record, type);
    return typeof key === 'string' ? { recordType, key } : undefined;
  };

/** Records nest no deeper. */
const CHILD_DEPTH = 12;

/** Throws `ConfigProblems` for attributes that are nowhere. */
export const createPassthroughBackend = (config: PassthroughConfig, dci: DciEnvironment): BackendPlugin => {
  const upstream = dci.connect(upstreamOptions(config));
  const world = makeWorld(config, dci.entities(Object.keys(config.entities)));
  const planQuery = createPlanQuery(config, world);
  const { fetch, search } = createSearch(config, upstream, world);
  const sorts = [...world.recordTypes.values()].some(({ attributes }) =>
    [...attributes.values()].some(({ sort }) => sort),
  );
  const { locations_url: locationsUrl } = config;
  const relay = relayOptions(config);
  const subscription = subscriptionOffer(config, world);
  return {
    capabilities: {
      compare: new Set(['eq', 'lt', 'le', 'gt', 'ge', 'contains', 'startswith']),
      sort: sorts,
      maxLimit: (config.page_size ?? DEFAULT_PAGE_SIZE) * (config.most_pages ?? DEFAULT_MOST_PAGES),
      childDepth: CHILD_DEPTH,
      changes: 'poll',
    },
    upstream: {
      link: upstream,
      ...(config.forward === 'unrestricted' && { forwards: createForwards(config, world) }),
      paths: new Map(Object.entries(config.paths ?? {})),
      ...(config.notifications_from !== undefined && {
        notifications: { partner: config.notifications_from, keyOf: keyFinder(world) },
      }),
      ...(relay !== undefined && { relay }),
      ...(subscription !== undefined && { subscription }),
      ...(locationsUrl !== undefined && {
        locations: async ({ signal }) => readLocations(await upstream.raw.get(locationsUrl, signal)),
      }),
    },
    accepts: (query) => planQuery(query) !== undefined,
    search: async (query, context) => {
      const plan = planQuery(query);
      if (plan === undefined) throw new BackendError('refused', 'the upstream cannot be asked this');
      return search(plan, query, context);
    },
    changes: createChanges({ world, planQuery, fetch, pageSize: config.page_size ?? DEFAULT_PAGE_SIZE }),
    checkChanges: async (sources) => sources.flatMap((source) => changeProblems(source, world)),
    describe: async (context) => {
      await upstream.probe(context);
      return [...world.entities.values()];
    },
    health: (context) => upstream.probe(context),
    close: async () => upstream.close(),
  };
};
