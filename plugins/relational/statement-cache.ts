/** Statements by shape: SQL is written once for all values. The least recently used go first. */

import type { Statement } from './database.ts';
import type { Dialect, Fragment } from './dialect.ts';

const MAX_STATEMENTS = 1000;
/** A shape this long (a filter of a hundred predicates) is not worth keeping. */
const MAX_SHAPE = 4000;

export class StatementCache {
  readonly #dialect: Dialect;
  readonly #kept = new Map<string, Statement>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  get(shape: string, write: () => Fragment): Statement {
    const known = this.#kept.get(shape);
    if (known !== undefined) {
      this.#kept.delete(shape);
      this.#kept.set(shape, known);
      return known;
    }
    const made = this.#dialect.compile(write());
    if (shape.length > MAX_SHAPE) return made;
    this.#kept.set(shape, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_STATEMENTS && oldest !== undefined) this.#kept.delete(oldest);
    return made;
  }
}
