/** The special endpoints of the disability and beneficiary registries that answer from a search (PROTOCOL 1). */

import { readCriteriaRequest, readYesNoRequest } from '../dci/criteria-request.ts';
import type { DomainName } from '../dci/domains.ts';
import { searchResponse } from '../dci/search-response.ts';
import { type YesNoNames, yesNoResponse } from '../dci/yes-no-response.ts';
import type { Operation } from '../inbound/stages.ts';
import type { Registry } from '../registry/registry.ts';
import { readYesWhen } from '../registry/yes-when.ts';
import type { Route } from './exchange.ts';
import { type Searching, type SearchPorts, searchingRoute } from './handle-search.ts';

type Special = (registry: Registry, ports: SearchPorts) => Searching;

const operationOf = (name: string): Operation => ({ name, action: 'search', answerAction: 'on-search' });

/** Callers name one of them as `response_entity`, as the standard has it; no such record comes back. */
const RESPONSE_ENTITIES: ReadonlySet<string> = new Set(['Group', 'Member']);

const yesNo =
  (name: string, criteria: string, names: YesNoNames, passesOver?: ReadonlySet<string>): Special =>
  ({ config: { yesWhen } }, { clock }) => ({
    operation: operationOf(name),
    read: (message) => readYesNoRequest(message, criteria, clock()),
    projection: {
      ...{ needs: [], shows: [], ofOne: true },
      condition: yesWhen && readYesWhen(yesWhen.query),
      ...(passesOver !== undefined && { passesOver }),
    },
    message: (input) => yesNoResponse(input, names),
  });

const DETAILS = 'disability_details';
const SUPPORT = 'disability_support';

const details: Special = (_, { clock }) => ({
  operation: operationOf('disability-details'),
  read: (message) => readCriteriaRequest(message, 'disabled_criteria', clock()),
  projection: { needs: [DETAILS], shows: ['identifier', 'disability_status', 'disability_level'] },
  message: (input) => searchResponse({ ...input, recordsAs: (records) => records }),
});

/** A list of support for each person that was found. */
const support: Special = (_, { clock }) => ({
  operation: operationOf('disability-support'),
  read: (message) => readCriteriaRequest(message, 'disabled_criteria', clock()),
  projection: { needs: [SUPPORT], shows: [] },
  message: (input) => searchResponse({ ...input, recordsAs: (records) => records.map((record) => supportOf(record)) }),
});

/** The record holds nothing else; what it is called is the partner's output. */
const supportOf = (record: object): readonly unknown[] => {
  const [found] = Object.entries(record).flatMap(([field, value]) => (field.startsWith('@') ? [] : [value]));
  return Array.isArray(found) ? found : [];
};

const disabled = yesNo('disabled', 'disabled_criteria', { list: 'disabled_response', status: 'disabled_status' });
const enrolled = yesNo(
  'enrolled',
  'enrolled_criteria',
  { list: 'enrolled_response', status: 'enrolled_status' },
  RESPONSE_ENTITIES,
);

const BY_DOMAIN: Readonly<Partial<Record<DomainName, Readonly<Record<string, Special>>>>> = {
  dr: {
    '/sync/disabled': disabled,
    '/sync/get-disability-details': details,
    '/sync/get-disability-support': support,
  },
  ibr: { '/sync/enrolled': enrolled, '/enrolled': enrolled },
};

/** Those of the registry's domain, by path below its mounts. */
export const projectionRoutes = (registry: Registry, ports: SearchPorts): Readonly<Record<string, Route>> =>
  Object.fromEntries(
    Object.entries(BY_DOMAIN[registry.config.domain] ?? {}).map(([path, special]) => [
      path,
      searchingRoute(registry, ports, special(registry, ports)),
    ]),
  );
