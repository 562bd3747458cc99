/** What one query may hold (PROTOCOL 11), counted while it is decoded. */

import { badCriteria } from './refuse.ts';

/** The part of the configured limits (`limits` in YAML) that bounds one query. */
export interface QueryLimits {
  readonly predicates: number;
  readonly treeNodes: number;
  /** Values of one `in` or `nin`. */
  readonly inValues: number;
  readonly identifiersPerList: number;
  readonly graphqlBytes: number;
  readonly graphqlTokens: number;
}

/** Counts one query. A class because it has a life: one query long. */
export class Meter {
  readonly limits: QueryLimits;
  #predicates = 0;
  #nodes = 0;

  constructor(limits: QueryLimits) {
    this.limits = limits;
  }

  /** One node of the tree. Also what bounds the depth of every decoder's recursion. */
  node(): void {
    this.#nodes += 1;
    if (this.#nodes > this.limits.treeNodes) throw badCriteria(`The query has over ${this.limits.treeNodes} nodes.`);
  }

  predicate(): void {
    this.node();
    this.#predicates += 1;
    if (this.#predicates > this.limits.predicates) {
      throw badCriteria(`The query has over ${this.limits.predicates} predicates.`);
    }
  }
}
