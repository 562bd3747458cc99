/** A DCI server as a backend: queries rewritten in its words, its records as rows. */
import { BackendError, type BackendPlugin, type DciEnvironment } from 'dci-gateway/plugin';
import { type PassthroughConfig, upstreamOptions } from './config.ts';
import { createPlanQuery } from './plan-query.ts';
import { readLocations } from './read-locations.ts';
import { makeWorld } from './record-types.ts';
import { createSearch, DEFAULT_MOST_PAGES, DEFAULT_PAGE_SIZE } from './search.ts';

/** Records nest no deeper. */
const CHILD_DEPTH = 12;

/** Throws `ConfigProblems` for attributes that are nowhere. */
export const createPassthroughBackend = (config: PassthroughConfig, dci: DciEnvironment): BackendPlugin => {
  const upstream = dci.connect(upstreamOptions(config));
  const world = makeWorld(config, dci.entities(Object.keys(config.entities)));
  const planQuery = createPlanQuery(config, world);
  const search = createSearch(config, upstream, world);
  const sorts = [...world.recordTypes.values()].some(({ attributes }) =>
    [...attributes.values()].some(({ sort }) => sort),
  );
  const { locations_url: locationsUrl } = config;
  return {
    capabilities: {
      compare: new Set(['eq', 'lt', 'le', 'gt', 'ge', 'contains', 'startswith']),
      sort: sorts,
      maxLimit: (config.page_size ?? DEFAULT_PAGE_SIZE) * (config.most_pages ?? DEFAULT_MOST_PAGES),
      childDepth: CHILD_DEPTH,
      changes: 'none',
    },
    upstream: {
      ...{ link: upstream, forward: config.forward === 'unrestricted' },
      paths: new Map(Object.entries(config.paths ?? {})),
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
    describe: async (context) => {
      await upstream.probe(context);
      return [...world.entities.values()];
    },
    health: (context) => upstream.probe(context),
    close: async () => upstream.close(),
  };
};
