/** A registry in SQLite with a table of consents: persons in households, served under purposes. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQL = `
create table person (id integer primary key, home integer, nid text not null, surname text, born date, changed datetime);
create table home (id integer primary key, village text);
create table consent (id integer primary key, person integer, purpose text, status text, until date, partner text);
insert into home values (1, 'Upper'), (2, 'Lower');
insert into person values
  (1, 1, 'N1', 'Abebe', '1980-01-01', '2026-01-01 00:00:00'), (2, 1, 'N2', 'Berta', '1981-01-01', '2026-01-01 00:00:00'),
  (3, 1, 'N3', 'Chala', '1982-01-01', '2026-01-01 00:00:00'), (4, 2, 'N4', 'Desta', '1983-01-01', '2026-01-01 00:00:00'),
  (5, 2, 'N5', 'Elsa', '1984-01-01', '2026-01-01 00:00:00'), (6, null, 'N6', 'Fikre', '1985-01-01', '2026-01-01 00:00:00');
insert into consent (person, purpose, status, until, partner) values
  (1, 'aid', 'given', '2099-01-01', 'agency'),
  (2, 'aid', 'withdrawn', '2099-01-01', 'agency'), (2, 'research', 'given', '2099-01-01', 'agency'),
  (3, 'aid', 'given', '2001-01-01', 'agency'), (3, 'aid', 'withdrawn', '2099-01-01', 'agency'),
  (4, 'aid', 'given', '2099-01-01', 'agency'),
  (5, 'aid', 'given', '2099-01-01', 'somebody'),
  (1, 'aid', 'given', '2099-01-01', 'members'), (4, 'aid', 'given', '2099-01-01', 'members'), (1, 'aid', 'given', '2099-01-01', 'narrow');
`;

/** Purpose, status and validity of one row. */
export const CONSENT_RULE = {
  Person: {
    'consents.purpose': '{purpose}',
    'consents.partner': '{partner}',
    'consents.status': 'given',
    'consents.until': { $gte: '{today}' },
  },
};

const CONSENTS = {
  each: 'consents',
  fields: { purpose: 'purpose', partner: 'partner', status: 'status', until: { from: 'until', as: 'date' } },
};

export const SECRET = 'a-secret-somebody-typed';

export interface Country extends Disposable {
  readonly database: DatabaseSync;
  /** An entry of `registries`. */
  registry(consent: object | undefined): Readonly<Record<string, unknown>>;
}

export const consentedCountry = (): Country => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-gateway-consent-'));
  const file = join(folder, 'country.db');
  const database = new DatabaseSync(file);
  database.exec('pragma journal_mode = wal');
  database.exec(SQL);
  return {
    database,
    registry: (consent) => ({
      domain: 'social',
      mounts: ['/registry'],
      scopes: {
        basic: {
          Person: { fields: ['identifier', 'name'], attributes: ['identifier', 'name'], identifier_types: 'all' },
        },
        births: { Person: ['birth_date'] },
        names: { Person: { fields: ['name'], attributes: ['identifier'], identifier_types: 'all' } },
      },
      ...(consent !== undefined && { consent }),
      backend: {
        plugin: 'sql',
        client: 'sqlite',
        file,
        timezone: 'UTC',
        entities: {
          person: {
            table: 'person',
            key: 'id',
            children: {
              consents: { entity: 'consent', on: { id: 'person' } },
              homes: { entity: 'home', on: { home: 'id' } },
            },
          },
          home: {
            table: 'home',
            key: 'id',
            children: { people: { entity: 'person', on: { id: 'home' }, order: ['id'] } },
          },
          consent: { table: 'consent', key: 'id' },
        },
      },
      records: {
        Person: {
          entity: 'person',
          fields: {
            identifier: [{ identifier_type: { const: 'NID' }, identifier_value: { from: 'nid', need: true } }],
            name: { surname: 'surname' },
            birth_date: { from: 'born', as: 'date' },
          },
          attributes: { consents: CONSENTS },
        },
        Member: {
          entity: 'person',
          fields: {
            member_identifier: { same: 'Person.identifier' },
            demographic_info: { record: 'Person', only: ['identifier', 'name', 'birth_date'] },
          },
        },
        Group: {
          entity: 'home',
          fields: {
            group_identifier: [{ identifier_type: { const: 'HID' }, identifier_value: { from: 'id', need: true } }],
            member_list: { each: 'people', record: 'Member' },
          },
        },
      },
      changes: {
        every: '1s',
        overlap: '11s',
        timezone: 'UTC',
        sources: [{ entity: 'person', at: 'changed', touches: { Person: ['id'] } }],
      },
    }),
    [Symbol.dispose]: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** An entry of `partners`. */
export const partnerFor = (id: string, rights: object): Readonly<Record<string, unknown>> => ({
  client_id: id,
  client_secret: SECRET,
  sender_ids: [`${id}.example.org`],
  signature: { require: 'optional' },
  registries: { social: { search: 'any', records: 'all', ...rights } },
});

/** Of a search item or its criteria. */
export const forPurpose = (code: string): { readonly purpose: { readonly code: string } } => ({ purpose: { code } });
