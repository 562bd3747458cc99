/** What persons have several of: identifiers, phones, e-mail addresses, limitations. */
import type { Row } from './csv-text.ts';
import { FIXED_IDENTIFIERS } from './guide-family.ts';
import { phoneNumber } from './households.ts';
import type { Person } from './persons.ts';
import type { Random } from './random.ts';

const MAKERS: Readonly<Record<string, { readonly share: number; make(random: Random, person: Person): string }>> = {
  NATIONAL_ID: { share: 0.9, make: (random) => random.digits(8) },
  SOCIAL_REGISTRY: { share: 1, make: (_, { id }) => `SR-${id.slice(1)}` },
  BIRTH_CERTIFICATE: { share: 0.6, make: (random, { household }) => `${household.district.code}/${random.digits(6)}` },
  PASSPORT: { share: 0.15, make: (random) => `XA${random.digits(7)}` },
  UIN: { share: 0.5, make: (random) => random.digits(12) },
};

export const makeIdentifiers = (random: Random, persons: readonly Person[]): readonly Row[] => {
  const taken = new Set(Object.values(FIXED_IDENTIFIERS).flatMap((types) => Object.values(types)));
  const unused = (make: () => string): string => {
    for (;;) {
      const value = make();
      if (!taken.has(value)) {
        taken.add(value);
        return value;
      }
    }
  };
  return persons
    .flatMap((person) =>
      Object.entries(MAKERS).flatMap(([type, { share, make }]) => {
        const fixed = FIXED_IDENTIFIERS[person.id]?.[type];
        const has = random.chance(share);
        if (fixed === undefined && !has) return [];
        return [{ person_id: person.id, type, value: fixed ?? unused(() => make(random, person)) }];
      }),
    )
    .map((row, index) => ({ identifier_id: index + 1, ...row }));
};

export const makePhones = (random: Random, persons: readonly Person[]): readonly Row[] =>
  persons
    .filter(({ id, age }) => id === 'P000001' || (age >= 16 && random.chance(0.7)))
    .flatMap(({ id }) => Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => ({ person_id: id })))
    .map((row, index) => ({ phone_id: index + 1, ...row, number: phoneNumber(random) }));

export const makeEmails = (random: Random, persons: readonly Person[]): readonly Row[] =>
  persons
    .filter(({ id, age }) => id === 'P000001' || (age >= 16 && random.chance(0.4)))
    .map(({ id }, index) => ({
      email_id: index + 1,
      person_id: id,
      address: `${id.toLowerCase()}@${random.pick(['example.org', 'mail.example.com'])}`,
    }));

export const makeLimitations = (persons: readonly Person[]): readonly Row[] =>
  persons.flatMap(({ id, limitations }) => limitations.map((each) => ({ person_id: id, ...each })));
