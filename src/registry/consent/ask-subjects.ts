/** Asks a service about the persons of some changed records. */

import type { Subject } from '../../mapping/subjects.ts';
import type { CallContext } from '../../plugin.ts';
import type { ReadRecords } from '../read-records.ts';
import type { Deciding, KeyedEvent } from './decide-events.ts';
import type { ConsentDecider } from './decider.ts';
import { addSubject, decideSubjects, subjectId } from './narrow-view.ts';

/**
 * A batch after the other, each in the service's own time.
 *
 * @returns those who consented; undefined where no further batch may be started. Rejects where the service does not answer
 */
export const askSubjects = async (
  subjects: readonly Subject[],
  { subscription, registry }: Deciding,
  decider: ConsentDecider,
  mayStart: (withinMs: number) => Promise<boolean>,
): Promise<readonly Subject[] | undefined> => {
  const { service } = registry.config.consent ?? {};
  const { decide, partner } = subscription;
  if (decide === undefined || service === undefined) return [];
  const consented: Subject[] = [];
  for (let from = 0; from < subjects.length; from += service.batch) {
    if (!(await mayStart(service.timeoutMs))) return undefined;
    const context = { signal: AbortSignal.timeout(service.timeoutMs) } as CallContext; // the asking uses nothing else
    const asking = { policy: decide.policy, partner: partner.id, registry: registry.config, decider, context };
    consented.push(...(await decideSubjects(subjects.slice(from, from + service.batch), asking)));
  }
  return consented;
};

/** As many events as hold no more persons than may be asked about, and at least one. */
export const firstOf = (
  all: readonly KeyedEvent[],
  read: ReadRecords,
  most: number,
): { readonly page: readonly KeyedEvent[]; readonly subjects: readonly Subject[] } => {
  const subjects = new Map<string, Subject>();
  const page: KeyedEvent[] = [];
  for (const each of all) {
    const own = (read.get(each.keyText)?.subjects ?? []).map((subject) => [subjectId(subject), subject] as const);
    const added = own.filter(([id]) => !subjects.has(id));
    if (page.length > 0 && subjects.size + added.length > most) break;
    page.push(each);
    for (const [, subject] of own) addSubject(subjects, subject);
  }
  return { page, subjects: [...subjects.values()] };
};
