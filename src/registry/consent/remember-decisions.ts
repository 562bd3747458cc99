/** Keeps a service's decisions for a short time. That it did not answer is kept nowhere. */

import { createHash } from 'node:crypto';
import { createBoundedCache } from '../../security/bounded-cache.ts';
import type { AskedPerson, ConsentDecider, ConsentQuestion } from './decider.ts';

const MOST_KEPT = 50_000;

interface Kept {
  readonly consented: boolean;
  readonly until: number;
}

/** @param monotonic milliseconds that only grow */
export const rememberDecisions = (decider: ConsentDecider, monotonic: () => number): ConsentDecider => {
  const kept = createBoundedCache<Kept>(MOST_KEPT);
  return {
    decide: async (question) => {
      const { service, persons } = question;
      if (service.cacheMs === 0) return decider.decide(question);
      const keys = persons.map((person) => keyOf(question, person));
      const asked = monotonic();
      const known = keys.map((key) => {
        const found = kept.get(key);
        return found !== undefined && found.until > asked ? found.consented : undefined;
      });
      const unknown = persons.flatMap((person, at) => (known[at] === undefined ? [{ person, at }] : []));
      if (unknown.length === 0) return known.map((each) => each === true);
      const answers = await decider.decide({ ...question, persons: unknown.map(({ person }) => person) });
      for (const [n, { at }] of unknown.entries()) {
        const consented = answers[n] === true;
        known[at] = consented;
        // From when it was asked: it may have been withdrawn while the answer was on its way.
        kept.set(keys[at] ?? '', { consented, until: asked + service.cacheMs });
      }
      return known.map((each) => each === true);
    },
  };
};

/** All that the service decides by; hashed, so that memory holds no identifiers for longer than a question. */
const keyOf = ({ service, partner, purpose, legalBasis }: ConsentQuestion, person: AskedPerson): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        service.url,
        service.bearer,
        partner,
        purpose,
        legalBasis,
        person.recordType,
        person.identifiers,
      ]),
    )
    .digest('base64');
