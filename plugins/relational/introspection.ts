/** What a database says about one entity, in the same words for all. */

import type { StoredColumn } from './dialect.ts';

export interface EntityFacts {
  readonly columns: readonly StoredColumn[];
  /** Column sets on which a unique index stands and that are never NULL. Only of tables. */
  readonly unique: readonly (readonly string[])[];
}

/** The source of an entity cannot be read as configured: the database's sentence, without values. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}
