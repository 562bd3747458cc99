/** Partners in MongoDB: the document as text, and beside it what must be unique. */

import type { Db, IndexDescription } from 'mongodb';
import type { Partner } from '../../security/partner.ts';
import { partnerFromText, partnerToText } from '../partner-document.ts';
import type { PartnerStore } from '../store.ts';
import { asMongoCall, isDuplicate } from './mongo-call.ts';

interface StoredPartner {
  readonly _id: string;
  readonly clientId: string;
  /** Absent where there is none: a unique index takes two empty lists for equals. */
  readonly senderIds?: readonly string[];
  readonly version: number;
  readonly document: string;
}

export const PARTNERS = 'partners';

export const partnerIndexes: readonly IndexDescription[] = [
  { name: 'client', key: { clientId: 1 }, unique: true },
  { name: 'senders', key: { senderIds: 1 }, unique: true, sparse: true },
];

const formOf = (partner: Partner): StoredPartner => ({
  _id: partner.id,
  clientId: partner.clientId,
  ...(partner.senderIds.length > 0 && { senderIds: [...new Set(partner.senderIds)] }),
  version: partner.version,
  document: partnerToText(partner),
});

export const createPartnerStore = (database: Db): PartnerStore => {
  const partners = database.collection<StoredPartner>(PARTNERS);

  const unlessTaken = async (work: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await work();
    } catch (cause) {
      if (isDuplicate(cause)) return false;
      throw cause;
    }
  };

  return {
    list: () =>
      asMongoCall('list partners', async () =>
        (await partners.find().sort({ _id: 1 }).toArray()).map(({ document }) => partnerFromText(document)),
      ),
    get: (id) =>
      asMongoCall('read a partner', async () => {
        const found = await partners.findOne({ _id: id });
        return found === null ? undefined : partnerFromText(found.document);
      }),
    insert: (partner) =>
      asMongoCall('add a partner', () =>
        unlessTaken(async () => (await partners.insertOne(formOf(partner))).acknowledged),
      ),
    replace: (partner, version) =>
      asMongoCall('change a partner', () =>
        unlessTaken(async () => {
          const { _id, ...next } = formOf({ ...partner, version: version + 1 });
          return (await partners.replaceOne({ _id, version }, next)).matchedCount === 1;
        }),
      ),
    // No counter beside the partners, which a crash could leave behind: every change makes this sum grow.
    revision: () =>
      asMongoCall("read the partners' revision", async () => {
        const sum = [{ $group: { _id: null, revision: { $sum: { $add: ['$version', 1] } } } }];
        const [row] = await partners.aggregate<{ revision: number }>(sum).toArray();
        return row?.revision ?? 0;
      }),
  };
};
