/** Record types by every spelling of the field, and the rule that all names in one request agree (PROTOCOL 2). */

import { GatewayError, ItemRejection } from '../errors.ts';

const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  Person: ['person', 'persons', 'srperson', 'crvsperson', 'individual', 'individuals'],
  Member: ['member', 'members', 'srmember', 'ibrmember'],
  Group: ['group', 'groups', 'srgroup', 'household', 'households', 'family', 'families'],
  Farmer: ['farmer', 'farmers', 'frperson'],
  DisabledPerson: ['disabledperson', 'disabledpersons', 'drperson'],
  Beneficiary: ['beneficiary', 'beneficiaries'],
  VitalEvent: ['vitalevent', 'vitalevents', 'crvsevent', 'crvsevents', 'lifeevent', 'lifeevents'],
};

const BY_SPELLING: ReadonlyMap<string, string> = new Map(
  Object.entries(SPELLINGS).flatMap(([type, names]) => names.map((name): [string, string] => [name, type])),
);

/**
 * `spdci-extensions-dci:Person`, `SRPerson`, `PERSON`, `CRVS_Person` → `Person`; `Household` → `Group`. A name that is
 * none of these is a registry's own type and stays as it is, without its prefix. Undefined: not a name at all.
 */
export const normaliseRecordType = (name: string): string | undefined => {
  const last = name.split(/[:/#]/).at(-1) ?? '';
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,98}$/.test(last)) return undefined;
  return BY_SPELLING.get(last.toLowerCase().replace(/[_-]/g, '')) ?? last;
};

/**
 * The one type that every name in a request stands for: `reg_record_type`, `response_entity`, `collection`, the GraphQL
 * root. Absent and empty names do not count; undefined when there is none. Throws `ItemRejection` when two disagree
 * (rights are checked on the type that is really searched), and forbids what is not a name, like a type nobody may use.
 */
export const agreeRecordType = (names: readonly (string | undefined)[]): string | undefined => {
  const given = names.flatMap((name) => (name === undefined || name === '' ? [] : [name]));
  const types = new Set(
    given.map((name) => {
      const type = normaliseRecordType(name);
      if (type === undefined) throw new GatewayError('request.forbidden');
      return type;
    }),
  );
  if (types.size > 1) {
    throw new ItemRejection('rjct.search_criteria.invalid', 'The record types named in the request do not agree.');
  }
  return types.values().next().value;
};
