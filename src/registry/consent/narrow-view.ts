/**
 * Asks a decision service about every person that the records of some searches are of, and answers the view that lets
 * through those alone who consented: searched with it, everything is found, sorted, counted and nested as if the others
 * were not there.
 */

import type { RegistryConfig } from '../../config/config.ts';
import { ItemRejection } from '../../errors.ts';
import type { CompiledSearch, View } from '../../mapping/mapping.ts';
import type { Subject } from '../../mapping/subjects.ts';
import type { BackendPlugin, CallContext, EntityKey, RegistryQuery } from '../../plugin.ts';
import { keyText } from '../keyed.ts';
import type { Policy } from '../policy.ts';
import type { ConsentDecider } from './decider.ts';

export interface Narrowing {
  readonly policy: Policy;
  readonly partner: string;
  readonly registry: RegistryConfig;
  readonly plugin: Pick<BackendPlugin, 'search' | 'capabilities'>;
  readonly decider: ConsentDecider;
  readonly context: CallContext;
}

/** @throws ItemRejection `rjct.search_criteria.invalid`: there are more than may be asked about; GatewayError: nobody answers */
export const narrowedView = async <Seen extends View>(
  view: Seen,
  searches: readonly CompiledSearch[],
  narrowing: Narrowing,
): Promise<Seen> => {
  const subjects = new Map<string, Subject>();
  for (const search of searches) await collect(search, narrowing, subjects);
  const decided = await decideSubjects([...subjects.values()], narrowing);
  const consented = new Map<string, EntityKey[]>([...(narrowing.policy.asks ?? [])].map((type) => [type, []]));
  for (const { recordType, key } of decided) consented.get(recordType)?.push(key);
  return { ...view, consented };
};

/** Tells a person from all others of the registry. */
export const subjectId = ({ recordType, key }: Pick<Subject, 'recordType' | 'key'>): string =>
  `${recordType}\n${keyText(key)}`;

/** One that is found in several places is asked about by its identifiers in any of them. */
export const addSubject = (into: Map<string, Subject>, subject: Subject): void => {
  const id = subjectId(subject);
  if (subject.identifiers !== undefined || !into.has(id)) into.set(id, subject);
};

/** The view by which is found whom to ask about. */
export const withoutAsking = ({ consented: _, ...view }: View): View => view;

/** Those who consented. Who has no identifier cannot be asked about. */
export const decideSubjects = async (
  subjects: readonly Subject[],
  { policy, partner, registry, decider, context }: Omit<Narrowing, 'plugin'>,
): Promise<readonly Subject[]> => {
  const service = registry.consent?.service;
  const asked = subjects.flatMap((subject) => {
    const { recordType, identifiers } = subject;
    return identifiers === undefined ? [] : [{ subject, person: { recordType, identifiers } }];
  });
  if (service === undefined || asked.length === 0) return [];
  const decisions = await decider.decide({
    ...{ service, partner, purpose: policy.purpose ?? '', legalBasis: policy.enforced?.legalBasis ?? '' },
    persons: asked.map(({ person }) => person),
    signal: context.signal,
  });
  return asked.flatMap(({ subject }, at) => (decisions[at] === true ? [subject] : []));
};

const collect = async (
  { query, subjectsOf }: CompiledSearch,
  { registry, plugin, context }: Narrowing,
  into: Map<string, Subject>,
): Promise<void> => {
  if (query === undefined || subjectsOf === undefined) return;
  const most = registry.consent?.service?.most ?? 0;
  const limit = Math.min(plugin.capabilities.maxLimit, most);
  for (let offset = 0; ; offset += limit) {
    const page: RegistryQuery = { ...query, limit, offset, countCap: most + 1 };
    const { rows, total } = await plugin.search(page, context);
    if (total > most) throw tooWide();
    for (const subject of rows.flatMap((row) => subjectsOf(row))) addSubject(into, subject);
    if (into.size > most) throw tooWide();
    if (offset + limit >= total || rows.length === 0) return;
  }
};

/** Of those who match many may not have consented: neither how many there are nor that there are any may be told. */
const tooWide = (): ItemRejection =>
  new ItemRejection('rjct.search_criteria.invalid', 'The search is too wide for this purpose: narrow it.');
