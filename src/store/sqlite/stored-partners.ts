/** The partners of an embedded store, read without changing anything: nothing is made, no table brought up to date. */

import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Partner } from '../../security/partner.ts';
import { partnerFromText } from '../partner-document.ts';
import { StoreError } from '../store.ts';
import { refuseSharedStore, storeFiles } from './private-files.ts';

/** None where there is no store yet. Rejects with a `StoreError` for what a start would refuse: modes, a file that cannot be read. */
export const readStoredPartners = async (folder: string): Promise<readonly Partner[]> => {
  await refuseSharedStore(folder);
  const { state } = storeFiles(folder);
  if (!existsSync(state)) return [];
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(state, { readOnly: true, timeout: 1_000, allowExtension: false });
    const rows = database.prepare('SELECT document FROM partner ORDER BY id').all();
    return rows.map(({ document }) => partnerFromText(String(document)));
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(`${state} cannot be read`, { cause });
  } finally {
    database?.close();
  }
};
