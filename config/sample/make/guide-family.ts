import type { Person } from './persons.ts';

const CHILD = {
  maiden_name: undefined,
  prefix: undefined,
  suffix: undefined,
  marital_status: 'S',
  employment_status: undefined,
  occupation: undefined,
  income_level: undefined,
  education_level: undefined,
  death_date: undefined,
};

/** The first household answers the examples that the published guides print: their values are fixed. */
const FAMILY: Readonly<Record<string, Readonly<Record<string, string | number | undefined>>>> = {
  P000001: {
    family_name: 'Núñez Peña',
    given_name: 'María',
    second_name: 'Pilar',
    maiden_name: 'García Ibáñez',
    prefix: 'Ms.',
    suffix: 'PhD',
    sex: 'F',
    birth_date: '1990-05-17',
    marital_status: 'M',
    employment_status: 'EMPLOYED',
    occupation: 'teacher',
    income_level: 'middle',
    education_level: 6,
    language_code: 'spa',
  },
  P000002: {
    given_name: 'Íñigo',
    maiden_name: undefined,
    prefix: 'Mr.',
    sex: 'M',
    birth_date: '1988-12-31',
    death_date: undefined,
    marital_status: 'M',
  },
  P000003: {
    ...CHILD,
    given_name: 'Lucía',
    sex: 'F',
    birth_date: '2020-11-02',
    birth_place: 'Puerto Brisa',
    registered_at: '2020-11-20 10:15:00',
    changed_at: '2024-03-01 09:00:00',
  },
  P000004: { ...CHILD, given_name: 'Óscar', sex: 'M', birth_date: '2012-06-30' },
};

const SEX: Readonly<Record<string, Person['sex']>> = { M: 'M', F: 'F' };

export const asInTheGuides = (person: Person): Person => {
  const fixed = FAMILY[person.id];
  if (fixed === undefined) return person;
  const row = { ...person.row, family_name: 'Núñez Peña', ...fixed };
  return { ...person, sex: SEX[String(row.sex)] ?? person.sex, row };
};

/** Identifiers that must be there: the guides' one, and one that only a careless comparison takes for it. */
export const FIXED_IDENTIFIERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  P000001: { NATIONAL_ID: '12345678', PASSPORT: 'XA0012345', UIN: '012345678901' },
  P000002: { NATIONAL_ID: '012345678', PASSPORT: '12345678A' },
  P000003: { NATIONAL_ID: '20201102' },
};
