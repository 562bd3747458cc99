/**
 * The lane `searches:{partner}`: accepted requests become messages in the outbox (ASYNC, "Run a search"). Subscribing,
 * unsubscribing and asking for status go the same way, each with its own runner.
 */

import type { Clock } from '../clock.ts';
import { isJsonObject, type JsonObject } from '../dci/json-node.ts';
import { parseJson } from '../dci/json-parse.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FinishTransaction } from '../registry/finish-transaction.ts';
import { createOpenKept, dropKept } from '../registry/kept-answers.ts';
import type { Keyed } from '../registry/keyed.ts';
import { mayPass, problemOf } from '../registry/problem-of.ts';
import { dropRelayed, isAnswered } from '../registry/relay.ts';
import type { RightsVersion } from '../registry/rights-version.ts';
import { openBody } from '../registry/sealed-body.ts';
import { type CallbackContent, InVain, type TransactionRunner, Waits } from '../registry/transaction-work.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Partner } from '../security/partner.ts';
import { type Operation, RELAYED, TRANSACTIONS, type Transaction } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import { StoreError } from '../store/store.ts';
import { atOnce } from './at-once.ts';
import type { LaneHandler } from './jobs.ts';
import { findRunning, limitedStart, MOST_STARTS, PAUSES_MS, waitOf } from './starts.ts';

export interface RunTransactionsOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
  readonly clock: Clock;
  readonly log: Log;
  readonly partner: (id: string) => Partner | undefined;
  readonly rightsVersion: RightsVersion;
  readonly runners: Readonly<Partial<Record<Operation, TransactionRunner>>>;
  readonly finisher: FinishTransaction;
  /** Longest time that one takes. */
  readonly timeoutMs: number;
  /** How long one may wait for a registry that limits how often it is asked, since it was accepted. */
  readonly lifetimeMs: number;
  /** Of one partner at once in this process; the rest of its share is for synchronous calls. */
  readonly atOnce: (partner: Partner | undefined) => number;
  /** How often what is accepted meanwhile is looked for while requests take their time; absent: once these are over. */
  readonly lookAgainMs?: number;
}

const BATCH = 64;
/** Another worker, whose lease has ended, has just begun with it: whether it also ends it is to be seen. */
const LOOK_AGAIN_MS = 10_000;
/** The message was bounded when it came in. */
const DEPTH = 1_000;

export const createRunTransactions = (options: RunTransactionsOptions): LaneHandler => {
  const { documents, clock, log, lifetimeMs } = options;
  const openKept = createOpenKept(options);

  const messageOf = async ({ _id, request, chunks }: Transaction): Promise<JsonObject> => {
    const text = await openBody(documents, options.sealer, { sealed: request, chunks, set: _id });
    const { root } = parseJson(text ?? '', { maxDepth: DEPTH });
    if (!isJsonObject(root)) throw new GatewayError('service.fault', { detail: 'a stored request is no object' });
    return root;
  };

  /** An answer that came before it waited found nobody waiting. */
  const wait = async (transaction: Transaction, { relayed, until }: Waits): Promise<number> => {
    const waiting: Transaction = { ...transaction, state: 'waiting', starts: transaction.starts - 1, dueAt: until, changedAt: clock() }; // biome-ignore format: one look
    if (!(await documents.replace(TRANSACTIONS, waiting))) return LOOK_AGAIN_MS;
    const asked = await documents.get(RELAYED, relayed);
    if (asked !== undefined && !isAnswered(asked)) return Math.max(1, until - clock());
    await documents.replace(TRANSACTIONS, { ...waiting, version: waiting.version + 1, state: 'accepted' });
    return 1;
  };

  /** One start. @returns when to look again, in milliseconds; undefined: it is over. */
  const runOne = async (found: Transaction): Promise<number | undefined> => {
    const { problem: _, ...rest } = found;
    const started: Transaction = { ...rest, state: 'running', starts: found.starts + 1, changedAt: clock() };
    if (!(await documents.replace(TRANSACTIONS, started))) return LOOK_AGAIN_MS;
    const transaction = { ...started, version: started.version + 1 };
    if (transaction.starts > 1 && (await options.finisher.publish(transaction))) return undefined;

    const runner = options.runners[transaction.operation];
    if (runner === undefined) throw new TypeError(`nothing runs ${transaction.operation}`);
    const message = await messageOf(transaction).catch((cause: unknown): JsonObject => {
      if (transaction.starts <= MOST_STARTS) throw cause;
      return {}; // it cannot be read, and must not keep the lane from the others for ever
    });
    const partner = options.partner(transaction.partner);
    const rightsVersion = options.rightsVersion(partner ?? { registries: new Map() }, transaction.registry);
    const finish = async (contents: readonly CallbackContent[]): Promise<void> => {
      await options.finisher.finish(transaction, contents, rightsVersion);
      // An upstream that was asked may call back although the asking failed: then nobody waits, and nothing is kept.
      if (transaction.dueAt !== undefined || transaction.starts > 1) await dropRelayed(documents, transaction);
      if (found.state === 'running') await documents.apply(await dropKept(documents, transaction._id));
    };
    const refuse = (problem: GatewayError): Promise<void> => finish([runner.refuse({ transaction, message }, problem)]);

    if (transaction.starts > MOST_STARTS) {
      log.error('request given up', { transaction: transaction._id, starts: found.starts });
      await refuse(new GatewayError('service.fault'));
      return undefined;
    }
    if (partner === undefined || !partner.active) {
      await refuse(new GatewayError('request.forbidden'));
      return undefined;
    }
    const kept = await openKept({ transaction: transaction._id }, found.state === 'running');
    try {
      await finish(await runner.run({ transaction, message, partner, kept: kept.answers }));
      return undefined;
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      if (cause instanceof Waits) return wait(transaction, cause);
      const inVain = cause instanceof InVain;
      const problem = problemOf(inVain ? cause.cause : cause);
      const { _id, registry, operation } = transaction;
      const limited = inVain ? undefined : limitedStart(transaction, problem, { now: clock(), lifetimeMs });
      if (limited === 'over') {
        log.error('request given up: its registry limits how often it is asked', { transaction: _id, registry });
        await refuse(new GatewayError('backend.limited_too_long'));
        return undefined;
      }
      if (limited !== undefined) {
        await kept.keep();
        const { inMs } = limited;
        log.info('request waits: its registry limits how often it is asked', { transaction: _id, registry, inMs });
        return (await documents.replace(TRANSACTIONS, limited.next)) ? inMs : LOOK_AGAIN_MS;
      }
      // The partner's other searches took all its places: that is no failure of this one.
      const crowded = !inVain && problem.code === 'request.too_many' && mayPass(problem) && clock() < transaction.acceptedAt + lifetimeMs; // biome-ignore format: one look
      const starts = transaction.starts - (crowded ? 1 : 0);
      const pause = !inVain && mayPass(problem) && starts < MOST_STARTS ? PAUSES_MS[Math.max(0, starts - 1)] : undefined; // biome-ignore format: one look
      log[pause === undefined ? 'error' : crowded ? 'debug' : 'warn']('request failed', {
        ...{ transaction: _id, operation, code: problem.code, detail: problem.detail },
        starts,
      });
      if (pause === undefined) {
        await refuse(problem);
        return undefined;
      }
      await kept.keep();
      await documents.replace(TRANSACTIONS, { ...transaction, starts, problem: problem.code, changedAt: clock() });
      return pause;
    }
  };

  return async ({ lane, of: partnerId, held }) => {
    const inState = (state: Transaction['state']): Promise<readonly Transaction[]> =>
      documents.find(TRANSACTIONS, { index: 'byLane', equals: [lane, state], limit: BATCH });
    // In this order: one that is begun between the two is in both, not in neither.
    const accepted = await inState('accepted');
    const running = await findRunning(documents, lane, { limit: BATCH, now: clock() });
    const waiting = await inState('waiting');
    const now = clock();
    const begun = new Set(running.map(({ _id }) => _id));
    const waits = running.map((each) => waitOf(each, now));
    const overdue = waiting.filter(({ _id, dueAt = 0 }) => dueAt <= now && !begun.has(_id));
    const due = [
      ...running.filter((_, index) => waits[index] === 0),
      ...overdue,
      ...accepted.filter(({ _id }) => !begun.has(_id)),
    ];
    const later = [...waits, ...waiting.map(({ dueAt = 0 }) => dueAt - now)].filter((wait) => wait > 0);
    let stopped = false;
    const run = async (transaction: Transaction): Promise<void> => {
      if (stopped || !(await held.mayStart(options.timeoutMs))) {
        stopped = true;
        return;
      }
      const again = await runOne(transaction);
      if (again !== undefined) later.push(again);
    };
    const taken = new Set(due.map(({ _id }) => _id));
    /** One search that takes long holds up no other request: there are places for these. */
    const find = async (): Promise<readonly Transaction[]> => {
      if (stopped) return [];
      const more = (await inState('accepted')).filter(({ _id }) => !taken.has(_id));
      for (const { _id } of more) taken.add(_id);
      return more;
    };
    const { lookAgainMs: everyMs, timeoutMs: forMs } = options;
    const meanwhile = everyMs === undefined ? undefined : { everyMs, forMs, find };
    await atOnce(due, options.atOnce(options.partner(partnerId)), run, meanwhile);
    const full = due.length > 0 && (accepted.length === BATCH || running.length >= BATCH || waiting.length === BATCH);
    return { more: stopped || full, nextDueInMs: later.length === 0 ? undefined : Math.min(...later) };
  };
};
