/** Triggers of one statement for each kind of change: MySQL, MariaDB and SQLite. */

import { logOf, oldNames, partsOf, quoting } from './names.ts';
import type { LoggedTable } from './plan-triggers.ts';

interface Words {
  readonly quoted: (name: string) => string;
  readonly seq: string;
  readonly at: string;
  readonly op: string;
  readonly body: (statement: string) => string;
  /** Behind the columns of the log. */
  readonly options: string;
}

const MYSQL: Words = {
  quoted: quoting('`'),
  seq: 'bigint unsigned not null auto_increment primary key',
  at: 'timestamp(6) not null default current_timestamp(6)',
  op: 'char(1) not null',
  body: (statement) => statement,
  options: ' default character set utf8mb4', // holds what a column of any other set does, whatever the database's own is
};

const SQLITE: Words = {
  quoted: quoting('"'),
  seq: 'integer primary key autoincrement',
  at: "text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now'))",
  op: 'text not null',
  body: (statement) => `begin ${statement}; end`,
  options: '',
};

const CHANGES = [
  { op: 'I', when: 'insert', fresh: true, old: false },
  { op: 'U', when: 'update', fresh: true, old: true },
  { op: 'D', when: 'delete', fresh: false, old: true },
] as const;

const plainTriggers =
  ({ quoted, seq, at, op: opType, body, options }: Words) =>
  ({ table, columns }: LoggedTable): readonly string[] => {
    const log = quoted(logOf(table));
    const oldName = oldNames(columns);
    const held = columns.flatMap(({ name, type }) => [`${quoted(name)} ${type}`, `${quoted(oldName(name))} ${type}`]);
    const { schema, name: plain } = partsOf(table);
    const triggers = CHANGES.map(({ op, when, fresh, old }) => {
      const names = columns.flatMap(({ name }) => [...(fresh ? [name] : []), ...(old ? [oldName(name)] : [])]);
      const values = columns.flatMap(({ name }) => [
        ...(fresh ? [`new.${quoted(name)}`] : []),
        ...(old ? [`old.${quoted(name)}`] : []),
      ]);
      const insert = `insert into ${log} (dci_op, ${names.map(quoted).join(', ')}) values ('${op}', ${values.join(', ')})`;
      const trigger = quoted(`${schema === undefined ? '' : `${schema}.`}dci_log_${plain}_${when}`);
      return `create trigger ${trigger} after ${when} on ${quoted(table)} for each row ${body(insert)}`;
    });
    return [
      `create table ${log} (\n  dci_seq ${seq},\n  dci_at ${at},\n  dci_op ${opType},\n  ${held.join(',\n  ')}\n)${options}`,
      ...triggers,
    ];
  };

export const mysqlTriggers = plainTriggers(MYSQL);
export const sqliteTriggers = plainTriggers(SQLITE);
