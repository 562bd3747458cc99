import { fromPlain } from '../dci/json-plain.ts';
import type { RegistryConfig } from './config.ts';
import { located, nearestPlace, type Place, placeOf } from './place.ts';
import { readConsent } from './read-consent.ts';
import { readFieldScopes } from './read-rights.ts';
import { type RawRegistry, REG_TYPES } from './schema/registries.ts';
import type { LocatedYaml } from './source.ts';

/** The checked entries of `registries`; backend and mapping keep their places for those who check them. */
export const readRegistries = (raw: Readonly<Record<string, RawRegistry>>, place: Place): readonly RegistryConfig[] =>
  Object.entries(raw).map(([id, entry]) => readRegistry(id, entry, nearestPlace(place, ['registries', id])));

const readRegistry = (id: string, raw: RawRegistry, place: Place): RegistryConfig => {
  const { plugin, timezone, ...options } = raw.backend;
  return {
    id,
    domain: raw.domain,
    mounts: raw.mounts,
    sample: raw.sample,
    regTypes: raw.reg_types,
    regType: raw.reg_type ?? REG_TYPES[raw.domain],
    ...(raw.max_records !== undefined && { maxRecords: raw.max_records }),
    ...(raw.push_secret !== undefined && { pushSecret: raw.push_secret }),
    scopes: readFieldScopes(raw.scopes),
    ...(raw.yes_when !== undefined && {
      yesWhen: { query: fromPlain(raw.yes_when), at: placeOf(place, ['yes_when']) },
    }),
    ...(raw.consent !== undefined && { consent: readConsent(raw.consent) }),
    backend: { plugin, options, ...(timezone !== undefined && { timezone }) },
    mapping: mappingSource(id, raw, place),
    backendSource: located(options, nearestPlace(place, ['backend']), ['registries', id, 'backend']),
  };
};

/** `records`, `locations` and `changes` alone: the mapping looks for its keys in nothing else. */
const mappingSource = (id: string, { records, locations, changes }: RawRegistry, place: Place): LocatedYaml =>
  located(
    { records, ...(locations !== undefined && { locations }), ...(changes !== undefined && { changes }) },
    place,
    ['registries', id],
  );
