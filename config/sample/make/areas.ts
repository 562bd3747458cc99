import { CULTURES, type Culture } from './names.ts';

export interface District {
  readonly code: string;
  readonly name: string;
  readonly regionCode: string;
  readonly culture: Culture;
  /** Middle of the district, on an island that does not exist. */
  readonly latitude: number;
  readonly longitude: number;
}

export interface Area {
  readonly area_code: string;
  readonly name: string;
  readonly level: string;
  readonly parent_code: string | undefined;
}

/** User-assigned in ISO 3166: no country has it. */
export const COUNTRY = 'XA';

const two = (number: number): string => String(number).padStart(2, '0');

export const districts: readonly District[] = CULTURES.flatMap((culture, region) =>
  culture.districts.map((name, district) => ({
    code: `DISTRICT_${two(region + 1)}${two(district + 1)}`,
    name,
    regionCode: `REGION_${two(region + 1)}`,
    culture,
    latitude: -8 - region * 0.4 - district * 0.1,
    longitude: 78 + region * 0.3 + district * 0.15,
  })),
);

/** The country, its regions (`REGION_01` …) and their districts (`DISTRICT_0101` …). */
export const areas: readonly Area[] = [
  { area_code: COUNTRY, name: 'Isla de Muestra', level: 'country', parent_code: undefined },
  ...CULTURES.map((culture, region) => ({
    area_code: `REGION_${two(region + 1)}`,
    name: culture.region,
    level: 'region',
    parent_code: COUNTRY,
  })),
  ...districts.map(({ code, name, regionCode }) => ({
    area_code: code,
    name,
    level: 'district',
    parent_code: regionCode,
  })),
];
