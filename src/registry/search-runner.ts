/** An accepted search: the same `runSearch` as the synchronous one, with the rights as they are now (ASYNC, "Run a search"). */

import type { Clock } from '../clock.ts';
import { readSearchRequest, type SearchItem } from '../dci/search-request.ts';
import type { SearchOutcome } from '../dci/search-response.ts';
import { GatewayError } from '../errors.ts';
import { scopesOf } from '../security/scopes.ts';
import type { Audited } from './audit.ts';
import { rejected } from './item-outcome.ts';
import type { Registry } from './registry.ts';
import type { StartedRelay, StartRelay } from './relay.ts';
import type { RunSearch, SearchCall } from './search.ts';
import { NEAREST_ITEM_CODE, recordsOf, searchContent } from './search-content.ts';
import type { TransactionRunner, TransactionWork } from './transaction-work.ts';

export interface SearchRunnerOptions {
  readonly runSearch: RunSearch;
  readonly registry: (id: string) => Registry | undefined;
  /** Absent: no registry has its searches made elsewhere. */
  readonly startRelay?: StartRelay;
  readonly maxItems: number;
  readonly clock: Clock;
}

/** Records or items in one message. */
const MOST_IN_A_PART = 1_000;

export const createSearchRunner = (options: SearchRunnerOptions): TransactionRunner => {
  const { runSearch, registry: find, maxItems, clock } = options;

  return {
    run: async (work) => {
      const { transaction, message, partner, kept } = work;
      const registry = find(transaction.registry);
      if (registry === undefined) throw new GatewayError('request.forbidden', { detail: 'the registry is gone' });
      const abort = new AbortController();
      const relayed = options.startRelay?.(transaction, registry, abort);
      let audited: Audited | undefined;
      const call: SearchCall = {
        registry,
        partner,
        scopes: scopesOf(partner), // those of the token were checked when it was accepted
        request: readSearchRequest(message, maxItems),
        requestId: transaction.correlationId,
        abort,
        relay: relayed?.relay,
        kept,
        settle: relayed && (() => relayed.settle()),
        action: 'async-search',
        continued: transaction.dueAt !== undefined || transaction.limitedUntil !== undefined,
      };
      const keep = (one: Audited): void => {
        audited = one;
      };
      const outcomes = await settled(relayed, () => runSearch(call, keep));
      let completed = 0;
      return inParts(outcomes).map((part, index) => {
        completed += part.length;
        const content = searchContent(transaction, registry, part, { total: outcomes.length, completed }, clock());
        return index === 0 ? { ...content, audited } : content;
      });
    },
    refuse: (work, problem) => {
      const { transaction } = work;
      const items = itemsOf(work, maxItems);
      const { length: total } = items;
      const outcomes = items.map((item) => rejected(item, NEAREST_ITEM_CODE, problem.message));
      return {
        ...searchContent(transaction, find(transaction.registry), outcomes, { total, completed: total }, clock()),
        status: 'rjct',
        reasonMessage: problem.message,
      };
    },
  };
};

/** Where an answer is missing, neither outcomes nor a failure are what the run comes to. */
const settled = async <Outcomes>(
  relayed: StartedRelay | undefined,
  search: () => Promise<Outcomes>,
): Promise<Outcomes> => {
  const outcomes = await search().catch((cause: unknown) => {
    relayed?.settle(cause);
    throw cause;
  });
  relayed?.settle();
  return outcomes;
};

/** In order, each with at most so many records and so many items; an item is never torn. */
const inParts = (outcomes: readonly SearchOutcome[]): readonly (readonly SearchOutcome[])[] => {
  const parts: SearchOutcome[][] = [[]];
  let records = 0;
  for (const outcome of outcomes) {
    const current = parts.at(-1) ?? [];
    const more = recordsOf(outcome);
    if (current.length > 0 && (records + more > MOST_IN_A_PART || current.length >= MOST_IN_A_PART)) {
      parts.push([outcome]);
      records = more;
    } else {
      current.push(outcome);
      records += more;
    }
  }
  return parts;
};

/** It was read when it was accepted; limits may have become narrower since. */
const itemsOf = ({ message }: Pick<TransactionWork, 'message'>, maxItems: number): readonly SearchItem[] => {
  try {
    return readSearchRequest(message, maxItems).items;
  } catch (cause) {
    if (cause instanceof GatewayError) return [];
    throw cause;
  }
};
