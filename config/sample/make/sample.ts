import { areas } from './areas.ts';
import { makeEmails, makeIdentifiers, makeLimitations, makePhones } from './belongings.ts';
import { makeMemberships, makeRelations } from './bonds.ts';
import { csvText, type Row } from './csv-text.ts';
import { asInTheGuides } from './guide-family.ts';
import { type Household, makeHouseholds } from './households.ts';
import { makePerson, type Person, type Role } from './persons.ts';
import { type Random, seededRandom } from './random.ts';

const SEED = 20_201_102;

/** The first is the head; the third place is a grandparent's in a few of the large households. */
const rolesOf = (random: Random, { id, size }: Household): readonly Role[] => {
  const couple = id === 'HH-00001' || (size > 1 && random.chance(0.75));
  const elder = id !== 'HH-00001' && size > 3 && random.chance(0.3);
  return Array.from({ length: size }, (_, place): Role => {
    if (place === 0) return 'head';
    if (place === 1 && couple) return 'spouse';
    return place === size - 1 && elder ? 'parent' : 'child';
  });
};

const makePersons = (random: Random, households: readonly Household[]): readonly Person[] => {
  const persons: Person[] = [];
  for (const household of households) {
    const headAge = random.between(household.size === 1 ? 20 : 24, 66);
    for (const role of rolesOf(random, household)) {
      persons.push(asInTheGuides(makePerson(random, { number: persons.length + 1, role, headAge, household })));
    }
  }
  return persons;
};

const withName = ({ id, row }: Household, persons: readonly Person[]): Row => {
  const head = persons.find(({ household, role }) => household.id === id && role === 'head');
  const { household_id, ...rest } = row;
  return { household_id, name: head?.row.family_name ?? head?.row.given_name, ...rest };
};

/** Every file of the sample registry, by name. All persons, numbers and places in it are invented. */
export const makeSample = (): ReadonlyMap<string, string> => {
  const random = seededRandom(SEED);
  const households = makeHouseholds(random);
  const persons = makePersons(random, households);
  return new Map(
    Object.entries({
      'areas.csv': areas.map((area) => ({ ...area })),
      'households.csv': households.map((household) => withName(household, persons)),
      'persons.csv': persons.map(({ row }) => row),
      'memberships.csv': makeMemberships(random, persons, households),
      'relations.csv': makeRelations(persons),
      'identifiers.csv': makeIdentifiers(random, persons),
      'phones.csv': makePhones(random, persons),
      'emails.csv': makeEmails(random, persons),
      'limitations.csv': makeLimitations(persons),
    }).map(([name, rows]) => [name, csvText(rows)]),
  );
};
