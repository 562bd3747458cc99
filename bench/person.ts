/** The persons of the benchmark's registry, each made from its number. */

const DISTRICTS = 5000;
const FIRST = ['Amina', 'José', 'Đặng', 'Søren', 'Fatou', 'Ngozi', 'Ravi', 'Li', 'Zoë', 'Kwame', 'Ana', 'Omar'];
const LAST = ['Diallo', 'Hernández', 'Nguyễn', 'Østergaard', 'Okafor', 'Sharma', 'Wang', 'Mensah', 'García', 'Haddad'];

export const nationalId = (person: number): string => String(10_000_000_000 + person * 7).padStart(12, '0');

export const districtOf = (person: number): string => `D${String(person % DISTRICTS).padStart(4, '0')}`;

export interface PersonRow {
  readonly id: number;
  readonly national_id: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly gender: string;
  readonly dob: string;
  readonly phone: string;
  readonly street: string;
  readonly district: string;
}

const pick = (list: readonly string[], at: number): string => list[at % list.length] ?? '';

export const personRow = (person: number): PersonRow => ({
  id: person + 1,
  national_id: nationalId(person),
  first_name: pick(FIRST, person * 31),
  last_name: pick(LAST, Math.floor(person / 7)),
  gender: pick(['M', 'F'], Math.floor(person / 3)),
  dob: `${1930 + (person % 90)}-${String(1 + (person % 12)).padStart(2, '0')}-${String(1 + (person % 28)).padStart(2, '0')}`,
  phone: `+2547${String(person % 100_000_000).padStart(8, '0')}`,
  street: `${1 + (person % 300)} Market Street`,
  district: districtOf(person),
});
