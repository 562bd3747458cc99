/** Partners in SQLite: the document, and beside it what must be unique. */

import type { DatabaseSync } from 'node:sqlite';
import type { Partner } from '../../security/partner.ts';
import { partnerFromText, partnerToText } from '../partner-document.ts';
import type { PartnerStore } from '../store.ts';
import { inTransaction } from './open-database.ts';
import { asStoreCall } from './retry.ts';

export const PARTNER_TABLES = `
  CREATE TABLE partner (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE TABLE partner_sender (
    sender_id TEXT PRIMARY KEY,
    partner_id TEXT NOT NULL REFERENCES partner (id)
  ) STRICT;
  CREATE INDEX partner_sender_partner ON partner_sender (partner_id);
  CREATE TABLE partner_revision (revision INTEGER NOT NULL) STRICT;
  INSERT INTO partner_revision (revision) VALUES (0);
`;

interface Row {
  readonly document: string;
}

export const createPartnerStore = (database: DatabaseSync): PartnerStore => {
  const all = database.prepare('SELECT document FROM partner ORDER BY id');
  const one = database.prepare('SELECT document FROM partner WHERE id = ?');
  const taken = database.prepare('SELECT 1 FROM partner WHERE (id = ?1 OR client_id = ?2) AND id <> ?3');
  const senderTaken = database.prepare('SELECT 1 FROM partner_sender WHERE sender_id = ? AND partner_id <> ?');
  const add = database.prepare('INSERT INTO partner (id, client_id, version, document) VALUES (?, ?, ?, ?)');
  const change = database.prepare(
    'UPDATE partner SET client_id = ?, version = ?, document = ? WHERE id = ? AND version = ?',
  );
  const addSender = database.prepare('INSERT INTO partner_sender (sender_id, partner_id) VALUES (?, ?)');
  const dropSenders = database.prepare('DELETE FROM partner_sender WHERE partner_id = ?');
  const revision = database.prepare('SELECT revision FROM partner_revision');
  const grow = database.prepare('UPDATE partner_revision SET revision = revision + 1');

  /** `self` is the partner whose own entries do not count. */
  const isTaken = (partner: Partner, self: string): boolean =>
    taken.get(partner.id, partner.clientId, self) !== undefined ||
    partner.senderIds.some((sender) => senderTaken.get(sender, self) !== undefined);

  const addSenders = (partner: Partner): void => {
    for (const sender of new Set(partner.senderIds)) addSender.run(sender, partner.id);
  };

  const insert = (partner: Partner): boolean => {
    // No partner has an empty id, so nothing is left out of the comparison.
    if (isTaken(partner, '')) return false;
    add.run(partner.id, partner.clientId, partner.version, partnerToText(partner));
    addSenders(partner);
    grow.run();
    return true;
  };

  const replace = (partner: Partner, version: number): boolean => {
    if (isTaken(partner, partner.id)) return false;
    const next = { ...partner, version: version + 1 };
    const { changes } = change.run(next.clientId, next.version, partnerToText(next), next.id, version);
    if (changes === 0) return false;
    dropSenders.run(next.id);
    addSenders(next);
    grow.run();
    return true;
  };

  return {
    list: () =>
      asStoreCall('list partners', () => (all.all() as unknown as Row[]).map((row) => partnerFromText(row.document))),
    get: (id) =>
      asStoreCall('read a partner', () => {
        const row = one.get(id) as Row | undefined;
        return row && partnerFromText(row.document);
      }),
    insert: (partner) => asStoreCall('add a partner', () => inTransaction(database, () => insert(partner))),
    replace: (partner, version) =>
      asStoreCall('change a partner', () => inTransaction(database, () => replace(partner, version))),
    revision: () => asStoreCall("read the partners' revision", () => (revision.get() as { revision: number }).revision),
  };
};
