import { COUNTRY } from './areas.ts';
import { dayIn, THIS_YEAR, timeOf } from './calendar.ts';
import type { Household } from './households.ts';
import type { Random } from './random.ts';

export type Role = 'head' | 'spouse' | 'child' | 'parent';

export interface Person {
  readonly id: string;
  readonly role: Role;
  readonly age: number;
  readonly sex: 'M' | 'F';
  readonly household: Household;
  readonly limitations: readonly { readonly limitation: string; readonly severity: number }[];
  readonly row: PersonRow;
}

type PersonRow = Readonly<Record<PersonColumn, string | number | undefined>>;

type PersonColumn =
  | 'person_id'
  | 'family_name'
  | 'given_name'
  | 'second_name'
  | 'maiden_name'
  | 'prefix'
  | 'suffix'
  | 'sex'
  | 'birth_date'
  | 'birth_place'
  | 'death_date'
  | 'area_code'
  | 'address_line_1'
  | 'address_line_2'
  | 'postal_code'
  | 'country_code'
  | 'latitude'
  | 'longitude'
  | 'plus_code'
  | 'marital_status'
  | 'employment_status'
  | 'occupation'
  | 'income_level'
  | 'education_level'
  | 'language_code'
  | 'is_disabled'
  | 'disability_level'
  | 'requires_assistance'
  | 'registered_at'
  | 'changed_at';

const LIMITATIONS = ['SEEING', 'HEARING', 'MOBILITY', 'COGNITION', 'SELF_CARE', 'SPEAKING'] as const;

const ageOf = (random: Random, role: Role, headAge: number): number => {
  if (role === 'head') return headAge;
  if (role === 'spouse') return Math.max(18, headAge + random.between(-6, 6));
  return role === 'parent' ? headAge + random.between(20, 32) : random.between(0, Math.max(0, headAge - 19));
};

const makeLimitations = (random: Random, age: number): Person['limitations'] => {
  if (!random.chance(age > 60 ? 0.25 : 0.07)) return [];
  const first = random.between(0, LIMITATIONS.length - 1);
  const several = random.chance(0.25) ? 2 : 1;
  return Array.from({ length: several }, (_, index) => ({
    limitation: LIMITATIONS[(first + index) % LIMITATIONS.length] ?? 'SEEING',
    severity: random.between(2, 4),
  }));
};

/** What a grown-up has and a child has not. */
const adultColumns = (random: Random, role: Role, age: number) => {
  if (age < 16) return { marital_status: 'S' };
  const employment = random.pick(['EMPLOYED', 'OWN_ACCOUNT', 'FAMILY_WORKER', 'NOT_EMPLOYED', undefined]);
  const works = employment !== undefined && employment !== 'NOT_EMPLOYED';
  return {
    marital_status: role === 'spouse' ? 'M' : role === 'parent' ? 'W' : random.pick(['S', 'M', 'D', 'W', undefined]),
    employment_status: employment,
    occupation: works ? random.pick(['farmer', 'fisher', 'teacher', 'driver', 'seller', 'mason']) : undefined,
    income_level: works ? random.pick(['low', 'middle', 'high']) : undefined,
    education_level: random.chance(0.9) ? random.between(0, 6) : undefined,
  };
};

export interface Plan {
  readonly number: number;
  readonly role: Role;
  readonly headAge: number;
  readonly household: Household;
}

export const makePerson = (random: Random, { number, role, headAge, household }: Plan): Person => {
  const { culture } = household.district;
  const age = ageOf(random, role, headAge);
  const sex = random.chance(0.5) ? 'F' : 'M';
  const limitations = makeLimitations(random, age);
  const level = Math.max(0, ...limitations.map(({ severity }) => severity));
  const died = age > 70 && random.chance(0.1);
  const sometimes = <T>(share: number, value: T): T | undefined => (random.chance(share) ? value : undefined);
  const home = household.row;
  const adult = adultColumns(random, role, age);
  const born = dayIn(random, THIS_YEAR - 1 - age);
  const registered = born > home.registered_at ? timeOf(random, dayIn(random, THIS_YEAR - age)) : home.registered_at;
  const changed = timeOf(random, dayIn(random, random.between(2024, 2025)));
  return {
    id: `P${String(number).padStart(6, '0')}`,
    role,
    age,
    sex,
    household,
    limitations,
    row: {
      person_id: `P${String(number).padStart(6, '0')}`,
      family_name: sometimes(0.97, random.pick(culture.families as [string])),
      given_name: random.pick((sex === 'F' ? culture.women : culture.men) as [string]),
      second_name: culture.second && sometimes(0.4, random.pick(culture.second as [string])),
      maiden_name: role === 'spouse' && sex === 'F' ? random.pick(culture.families as [string]) : undefined,
      prefix: age < 18 ? undefined : sometimes(0.3, sex === 'F' ? 'Ms.' : 'Mr.'),
      suffix: sometimes(0.03, random.pick(['Jr.', 'II', 'PhD'])),
      sex: random.chance(0.97) ? sex : random.pick(['O', undefined]),
      birth_date: sometimes(0.98, born),
      birth_place: sometimes(0.8, random.pick(culture.districts as [string])),
      death_date: died ? dayIn(random, 2025) : undefined,
      area_code: household.district.code,
      address_line_1: home.address_line_1,
      address_line_2: home.address_line_2,
      postal_code: home.postal_code,
      country_code: COUNTRY,
      latitude: home.latitude,
      longitude: home.longitude,
      plus_code: home.plus_code,
      marital_status: adult.marital_status,
      employment_status: adult.employment_status,
      occupation: adult.occupation,
      income_level: adult.income_level,
      education_level: adult.education_level,
      language_code: sometimes(0.95, culture.language),
      is_disabled: sometimes(0.98, limitations.length > 0 ? 'yes' : 'no'),
      disability_level: level > 0 ? level : undefined,
      requires_assistance: level > 0 ? (random.chance(level === 2 ? 0.5 : 0.3) ? 'yes' : 'no') : undefined,
      registered_at: registered,
      changed_at: [registered, changed].sort()[1],
    },
  };
};
