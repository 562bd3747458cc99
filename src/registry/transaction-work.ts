/** What the worker of a lane gives to the use case of an accepted request, and what it gets back. */

import type { AnswerStatus } from '../dci/answer-header.ts';
import type { ConsentedPersons } from '../dci/enforced.ts';
import type { JsonObject } from '../dci/json-node.ts';
import type { GatewayError } from '../errors.ts';
import type { KeptAnswers } from '../plugin.ts';
import type { Partner } from '../security/partner.ts';
import type { Transaction } from '../store/async-documents.ts';
import type { Audited } from './audit.ts';

export interface TransactionWork {
  readonly transaction: Transaction;
  /** The request's, as it was verified. */
  readonly message: JsonObject;
  /** As it is now, active. */
  readonly partner: Partner;
  /** What it was answered by runs before. */
  readonly kept?: KeptAnswers;
}

/** One message of the callback; its ids, time and names are added. */
export interface CallbackContent {
  readonly status: AnswerStatus;
  readonly reasonCode?: string | undefined;
  readonly reasonMessage?: string | undefined;
  readonly totalCount: number;
  readonly completedCount: number;
  readonly message: Readonly<Record<string, unknown>>;
  /** Of the header. */
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
  /** Whose consent it rests on. */
  readonly consented?: readonly ConsentedPersons[];
  /** Where it tells what somebody was asked for or about. */
  readonly audited?: Audited | undefined;
  /** Records or items in it. */
  readonly count: number;
}

/** Thrown by a runner: an upstream was asked, and calls back. */
export class Waits extends Error {
  override readonly name = 'Waits';
  /** Of the RELAYED that it waits for. */
  readonly relayed: string;
  /** In milliseconds. */
  readonly until: number;

  constructor(relayed: string, until: number) {
    super('waits for an upstream');
    this.relayed = relayed;
    this.until = until;
  }
}

/** Thrown by a runner: trying again would end the same. */
export class InVain extends Error {
  override readonly name = 'InVain';
}

/**
 * Works on requests of one operation. Both may be called again for the same transaction, at the same time even: what they
 * write is keyed so that it happens once.
 */
export interface TransactionRunner {
  /** The parts of the answer, one almost always. What it throws is tried again where that may help, else refused. */
  run(work: TransactionWork): Promise<readonly CallbackContent[]>;
  /** The callback of a request that cannot be worked on. `problem.message` is safe to show. */
  refuse(work: Pick<TransactionWork, 'transaction' | 'message'>, problem: GatewayError): CallbackContent;
}
