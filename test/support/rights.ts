/** Rights for tests: closed unless said otherwise. */
import type { RecordRights, RegistryRights } from '../../src/security/rights.ts';

const NOTHING: RecordRights = { attributes: [], fields: [], identifierTypes: [] };
export const ALL_OF_A_RECORD: RecordRights = { attributes: 'all', fields: 'all', identifierTypes: 'all' };

export const rightsOf = (
  records: Readonly<Record<string, Partial<RecordRights>>>,
  rest: Partial<Omit<RegistryRights, 'records'>> = {},
): RegistryRights => ({
  width: 'any',
  actions: 'all',
  ...rest,
  records: new Map(Object.entries(records).map(([type, record]) => [type, { ...NOTHING, ...record }])),
});
