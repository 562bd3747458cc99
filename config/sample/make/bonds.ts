/** Who lives with whom, and who is what to whom. */
import { dayIn } from './calendar.ts';
import type { Row } from './csv-text.ts';
import type { Household } from './households.ts';
import type { Person, Role } from './persons.ts';
import type { Random } from './random.ts';

/** Every so many persons, one lived in another household before. */
const MOVED_EVERY = 60;

export const makeMemberships = (
  random: Random,
  persons: readonly Person[],
  households: readonly Household[],
): readonly Row[] => {
  const current = persons.map(({ id, role, household }) => ({
    household_id: household.id,
    person_id: id,
    is_head: role === 'head' ? 'yes' : 'no',
    joined_on: household.row.registered_at.slice(0, 10),
    ended_on: undefined,
  }));
  const former = persons
    .filter((_, index) => index % MOVED_EVERY === MOVED_EVERY - 1)
    .map(({ id, household }, index) => {
      const before = households[(index * 13) % households.length] ?? household;
      return {
        household_id: before.id,
        person_id: id,
        is_head: 'no',
        joined_on: '2015-01-01',
        ended_on: dayIn(random, 2017),
      };
    });
  return [...current, ...former].map((row, index) => ({ membership_id: index + 1, ...row }));
};

/** What the second is to the first, by sex: a child's mother, a man's wife. */
const KINDS: Readonly<Record<string, { readonly M: string; readonly F: string }>> = {
  'head spouse': { M: 'husband', F: 'wife' },
  'spouse head': { M: 'husband', F: 'wife' },
  'head child': { M: 'son', F: 'daughter' },
  'child head': { M: 'father', F: 'mother' },
  'spouse child': { M: 'son', F: 'daughter' },
  'child spouse': { M: 'father', F: 'mother' },
  'head parent': { M: 'father', F: 'mother' },
  'parent head': { M: 'son', F: 'daughter' },
};

const kindOf = (mine: Role, other: Person): string | undefined => KINDS[`${mine} ${other.role}`]?.[other.sex];

export const makeRelations = (persons: readonly Person[]): readonly Row[] => {
  const homes = Map.groupBy(persons, ({ household }) => household.id);
  return [...homes.values()]
    .flatMap((home) =>
      home.flatMap((person) =>
        home.flatMap((other) => {
          const kind = kindOf(person.role, other);
          return kind === undefined ? [] : [{ person_id: person.id, related_id: other.id, kind }];
        }),
      ),
    )
    .map((row, index) => ({ relation_id: index + 1, ...row }));
};
