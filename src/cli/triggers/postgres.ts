import { logOf, oldNames, partsOf, quoting } from './names.ts';
import type { LoggedTable } from './plan-triggers.ts';

const quoted = quoting('"');
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Log, function and trigger. Rows carry their transaction's number, so that the feed knows which of them are complete. */
export const postgresTriggers = ({ table, columns }: LoggedTable): readonly string[] => {
  const log = quoted(logOf(table));
  const trigger = quoted(`dci_log_${partsOf(table).name}`);
  const oldName = oldNames(columns);
  const held = columns.flatMap(({ name, type }) => [`${quoted(name)} ${type}`, `${quoted(oldName(name))} ${type}`]);
  const insert = (op: string, fresh: boolean, old: boolean): string => {
    const names = columns.flatMap(({ name }) => [...(fresh ? [name] : []), ...(old ? [oldName(name)] : [])]);
    const values = columns.flatMap(({ name }) => [
      ...(fresh ? [`new.${quoted(name)}`] : []),
      ...(old ? [`old.${quoted(name)}`] : []),
    ]);
    const places = values.map((_, n) => `$${n + 1}`).join(', ');
    // Named with its schema, wherever whoever writes to the table looks first.
    const inserted = names.map((name) => quoted(name).replaceAll('%', '%%')).join(', ');
    const text = `insert into %I.%I (dci_op, ${inserted}) values ('${op}', ${places})`;
    const log = literal(partsOf(logOf(table)).name);
    return `execute format(${literal(text)}, home, ${log}) using ${values.join(', ')};`;
  };
  return [
    `create table ${log} (
  dci_xact xid8 not null default pg_current_xact_id(),
  dci_seq bigint generated always as identity,
  dci_at timestamptz not null default clock_timestamp(),
  dci_op char(1) not null,
  ${held.join(',\n  ')},
  primary key (dci_xact, dci_seq)
)`,
    `create function ${log}() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $dci$
declare -- where this function is, its log is: the table, or a partition of it, may lie elsewhere
  home constant name := (
    select n.nspname from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_namespace n on n.oid = p.pronamespace
    where t.tgrelid = tg_relid and t.tgname = tg_name);
begin
  if tg_op = 'INSERT' then
    ${insert('I', true, false)}
  elsif tg_op = 'UPDATE' then
    ${insert('U', true, true)}
  else
    ${insert('D', false, true)}
  end if;
  return null;
end
$dci$`,
    `create trigger ${trigger} after insert or update or delete on ${quoted(table)} for each row execute function ${log}()`,
  ];
};
