import { type District, districts } from './areas.ts';
import { dayIn, timeOf } from './calendar.ts';
import { plusCode } from './plus-code.ts';
import type { Random } from './random.ts';

export const HOUSEHOLDS = 250;
/** Two neighbours share eight people, so that 250 households make 1,000 persons. */
const PAIR_SIZE = 8;

export interface Household {
  readonly id: string;
  readonly size: number;
  readonly district: District;
  readonly row: HouseholdRow;
}

/** All but its name, which its head gives it. */
export interface HouseholdRow {
  readonly household_id: string;
  readonly programme_number: string | undefined;
  readonly kind: string;
  readonly area_code: string;
  readonly address_line_1: string;
  readonly address_line_2: string | undefined;
  readonly postal_code: string | undefined;
  readonly latitude: string;
  readonly longitude: string;
  readonly plus_code: string;
  readonly poverty_score: string | undefined;
  readonly poverty_score_type: string | undefined;
  readonly phone_1: string | undefined;
  readonly phone_2: string | undefined;
  readonly water_source: string | undefined;
  readonly roof_material: string | undefined;
  readonly registered_at: string;
  readonly changed_at: string;
}

/** +999 is assigned to no country. */
export const phoneNumber = (random: Random): string => `+999${random.between(1, 9)}${random.digits(7)}`;

const kindOf = (size: number): string => (size === 1 ? 'U' : size <= 5 ? 'F' : 'E');

const makeRow = (random: Random, number: number, size: number, district: District): HouseholdRow => {
  const latitude = (district.latitude + random.between(-400, 400) / 10_000).toFixed(6);
  const longitude = (district.longitude + random.between(-400, 400) / 10_000).toFixed(6);
  // The first household is the guides' one: nothing is missing in it.
  const sometimes = <T>(share: number, value: T): T | undefined =>
    random.chance(share) || number === 1 ? value : undefined;
  const scored = sometimes(0.95, true) === true;
  const registered = dayIn(random, random.between(2018, 2023));
  return {
    household_id: `HH-${String(number).padStart(5, '0')}`,
    programme_number: sometimes(0.7, `00${random.digits(6)}`),
    kind: kindOf(size),
    area_code: district.code,
    address_line_1: `${random.pick(district.culture.streets as [string])} ${random.between(1, 180)}`,
    address_line_2: sometimes(0.2, `Apt. ${random.between(1, 12)}, "B"`),
    postal_code: sometimes(0.9, `0${random.digits(4)}`),
    latitude,
    longitude,
    plus_code: plusCode(Number(latitude), Number(longitude)),
    poverty_score: scored ? (random.between(0, 1000) / 10).toFixed(1) : undefined,
    poverty_score_type: scored ? (random.chance(0.8) ? 'PMT' : 'INCOME') : undefined,
    phone_1: sometimes(0.6, phoneNumber(random)),
    phone_2: sometimes(0.1, phoneNumber(random)),
    water_source: sometimes(0.9, random.pick(['piped', 'well', 'river', 'rain'])),
    roof_material: sometimes(0.9, random.pick(['tile', 'sheet metal', 'thatch'])),
    registered_at: timeOf(random, registered),
    changed_at: timeOf(random, dayIn(random, random.between(2024, 2025))),
  };
};

export const makeHouseholds = (random: Random): readonly Household[] => {
  let left = PAIR_SIZE;
  return Array.from({ length: HOUSEHOLDS }, (_, index) => {
    // The first two are households of four: the guides' family is the first.
    const size = index < 2 ? 4 : index % 2 === 0 ? random.between(1, 7) : left;
    left = PAIR_SIZE - size;
    const district = districts[(index * 7) % districts.length] ?? districts[0];
    if (district === undefined) throw new Error('there are no districts');
    const row = makeRow(random, index + 1, size, district);
    return { id: row.household_id, size, district, row };
  });
};
