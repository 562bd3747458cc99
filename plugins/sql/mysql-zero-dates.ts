/** Which date columns hold `0000-00-00`, so that a mapping must say what it means. */

import type { Ask, FieldDescription, MysqlSource } from './mysql-facts.ts';
import { quotedForMysql as quoted } from './mysql-name.ts';

/** Rows that are looked at for zero dates. */
const SAMPLE_ROWS = 10_000;
/** Date columns whose default is a zero date, or that hold one among their first rows. (Whether they may is the mode of whoever writes.) */
export const readZeroDates = async (
  dates: readonly FieldDescription[],
  tables: ReadonlyMap<string, { readonly zeroDefaults: ReadonlySet<string> }>,
  source: MysqlSource,
  ask: Ask,
): Promise<ReadonlySet<string>> => {
  const found = new Set(
    dates
      .filter(({ schema, orgTable, orgName }) => tables.get(`${schema}.${orgTable}`)?.zeroDefaults.has(orgName ?? ''))
      .map(({ name }) => name),
  );
  if (dates.length === 0) return found;
  const names = dates.map(({ name }) => quoted(name));
  const zero = names.map((name, n) => `max(${name} = cast('0000-00-00' as datetime)) as z${n}`);
  const [row] = await ask(
    `select ${zero.join()} from (select ${names.join()} from ${source.text} s limit ${SAMPLE_ROWS}) s`,
  );
  for (const [n, { name }] of dates.entries()) if (Number(row?.[`z${n}`] ?? 0) === 1) found.add(name);
  return found;
};
