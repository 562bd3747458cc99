/** What older OpenSPP clients call the fields of a record: camelCase, names flat in the person, `identifier[{name, identifier}]` (PROTOCOL 10). */

const NAMES: Readonly<Record<string, string>> = {
  group_identifier: 'identifier',
  member_identifier: 'identifier',
  identifier_type: 'name',
  identifier_value: 'identifier',
};

/** Parts of a person's name; they stand beside the other fields. */
const NAME_PARTS: Readonly<Record<string, string>> = {
  surname: 'familyName',
  given_name: 'givenName',
  second_name: 'additionalName',
  maiden_name: 'maidenName',
  prefix: 'namePrefix',
  suffix: 'nameSuffix',
};

/** JSON-LD says that a record is the standard's: these are not. */
export const isJsonLd = (field: string): boolean => field.startsWith('@');

/** `birth_date` → `birthDate`. */
export const opensppName = (field: string): string =>
  Object.hasOwn(NAMES, field)
    ? String(NAMES[field])
    : field.replaceAll(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase());

/** `given_name` of a person's `name` → `givenName`; undefined for what is no part of a name. */
export const opensppNamePart = (field: string): string | undefined =>
  Object.hasOwn(NAME_PARTS, field) ? NAME_PARTS[field] : undefined;
