/** A table that data flows into, beside a world of test/support/sql-worlds.ts, and the plugin that writes to it. */

import type { BackendPlugin } from '../../src/plugin.ts';
import { callContext, type Incoming } from '../contract/plugin.suite.ts';
import type { DatabaseServer } from './servers.ts';
import { createSqlPlugin, openServer, openSqlite, type Subject } from './sql-subjects.ts';
import type { SqlWorld } from './sql-worlds.ts';

export const INBOX = `create table inbox (k varchar(64) not null primary key, who varchar(20) not null, born date, how integer,
  check (how < 100))`;

/** `accept` without where to write to. */
export const INBOX_SECTION = {
  table: 'inbox',
  key: 'k',
  columns: { who: { from: 'name', need: true }, born: 'born', how: { from: 'status', codes: { '1': 7, '2': 1000 } } },
};

const DATA: Pick<Incoming, 'good' | 'bad'> = {
  good: [{ name: "O'Hara; --", born: '1990-05-17', status: 1 }, { name: 'Ñandú' }],
  bad: { name: 'nobody', status: '2' }, // a code that the table's own check refuses
};

type InboxSubject = Subject & { readonly incoming: Incoming };

const withIncoming = async (subject: Subject, connection: object): Promise<InboxSubject> => {
  const reader = await createSqlPlugin({ ...connection, entities: { inbox: { table: 'inbox', key: 'k' } } });
  return {
    ...subject,
    incoming: { ...DATA, stored: () => countInbox(reader) },
    close: async () => {
      await reader.close();
      await subject.close();
    },
  };
};

export const countInbox = async (reader: BackendPlugin): Promise<number> => {
  const query = {
    ...{ entity: 'inbox', filter: { kind: 'all' as const }, select: { columns: ['k'], children: {} }, order: [] },
    ...{ limit: 1, offset: 0, countCap: 1_000 },
  };
  return (await reader.search(query, callContext())).total;
};

export const openSqliteWithInbox = async ({ schema, entities }: SqlWorld): Promise<InboxSubject> => {
  const subject = await openSqlite([...schema, INBOX], entities, (file) => ({ accept: { ...INBOX_SECTION, file } }));
  return withIncoming(subject, { client: 'sqlite', file: subject.file });
};

export const openServerWithInbox = async (
  client: 'postgres' | 'mariadb',
  server: DatabaseServer | undefined,
  { schema, entities }: SqlWorld,
): Promise<InboxSubject> => {
  if (server === undefined) throw new Error(`there is no ${client}`);
  const further = (url: string) => ({ accept: { ...INBOX_SECTION, url } });
  const subject = await openServer(client, server, [...schema, INBOX], entities, further);
  return withIncoming(subject, { client, url: subject.url });
};
