/**
 * The lane `files:{partner}`: an accepted file becomes the parts of its answer, one after the other, and stays where it
 * is when the process ends (ASYNC "Run a search"). One file of a partner at a time.
 */

import type { Clock } from '../clock.ts';
import { ERROR_RULES, type ErrorName, GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import { openRows } from '../registry/files/file-rows.ts';
import type { FileRunner } from '../registry/files/file-runner.ts';
import type { FinishTransaction } from '../registry/finish-transaction.ts';
import { createOpenKept, type KeptRun } from '../registry/kept-answers.ts';
import type { Keyed } from '../registry/keyed.ts';
import { mayPass, problemOf } from '../registry/problem-of.ts';
import type { RightsVersion } from '../registry/rights-version.ts';
import type { CallbackContent } from '../registry/transaction-work.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Partner } from '../security/partner.ts';
import { type FileProgress, TRANSACTIONS, type Transaction } from '../store/async-documents.ts';
import { type Documents, replaceOf } from '../store/documents.ts';
import { StoreError } from '../store/store.ts';
import type { HeldLease } from './held-lease.ts';
import type { LaneHandler } from './jobs.ts';
import { findRunning, limitedStart, MOST_STARTS, PAUSES_MS, waitOf } from './starts.ts';

export interface RunFilesOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
  readonly clock: Clock;
  readonly log: Log;
  readonly partner: (id: string) => Partner | undefined;
  readonly rightsVersion: RightsVersion;
  readonly runner: FileRunner;
  readonly finisher: FinishTransaction;
  /** Longest time of one query. */
  readonly timeoutMs: number;
  /** How long a file may wait for a registry that limits how often it is asked, since it was accepted. */
  readonly lifetimeMs: number;
}

type WithFile = Transaction & { readonly file: FileProgress };

/** What became of one start: one part more is made, it is to be looked at later, or nothing more may be started. */
type Step = { readonly next: WithFile } | { readonly inMs: number; readonly limited?: true } | 'stopped';

const PAGE = 16;
/** Another worker, whose lease has ended, is at it: whether it goes on is to be seen. */
const LOOK_AGAIN_MS = 10_000;

export const createRunFiles = (options: RunFilesOptions): LaneHandler => {
  const { documents, clock, log, finisher, runner, lifetimeMs } = options;
  const openKept = createOpenKept(options);

  /** Undefined: it may not go on. */
  const makePart = async (
    transaction: WithFile,
    part: number,
    held: HeldLease,
    kept: KeptRun,
  ): Promise<CallbackContent | undefined> => {
    const { refused } = transaction.file;
    const stored = await openRows(documents, options.sealer, transaction._id, part).catch((cause: unknown) => {
      if (refused === undefined) throw cause;
      return undefined; // they cannot be read, and must not keep the lane from the others for ever
    });
    if (stored === undefined && refused === undefined) {
      throw new GatewayError('service.fault', { detail: 'rows of a file are missing' });
    }
    const rows = stored ?? [];
    const partner = options.partner(transaction.partner);
    const refuse = (code: ErrorName): CallbackContent =>
      runner.refuse({ transaction, part, rows }, new GatewayError(code));
    if (refused !== undefined) return refuse(isCode(refused) ? refused : 'service.fault');
    if (partner === undefined || !partner.active) return refuse('request.forbidden');
    return runner.run({
      ...{ transaction, part, rows, partner, kept },
      mayGoOn: () => held.mayStart(options.timeoutMs),
      waitsUntil: transaction.acceptedAt + lifetimeMs,
      pause: (ms) => held.pause(ms),
    });
  };

  const replaced = async (next: WithFile, step: Step): Promise<Step> =>
    (await documents.replace(TRANSACTIONS, next)) ? step : { inMs: LOOK_AGAIN_MS };

  /** What is left of it is refused. */
  const giveUp = (transaction: WithFile, refused: ErrorName): Promise<Step> => {
    const { limitedUntil: _, ...rest } = transaction;
    const next = { ...rest, starts: 0, file: { ...transaction.file, refused }, changedAt: clock() };
    return replaced(next, { next: versioned(next) });
  };

  /** A part that cannot be made is tried again where that may help; else it and what is left of the file are refused. */
  const failed = async (transaction: WithFile, cause: unknown, kept: KeptRun): Promise<Step> => {
    if (cause instanceof StoreError) throw cause;
    const problem = problemOf(cause);
    const { _id, starts } = transaction;
    const fields = { transaction: _id, registry: transaction.registry, part: transaction.file.made };
    const limited = limitedStart(transaction, problem, { now: clock(), lifetimeMs });
    if (limited === 'over') return giveUp(transaction, 'backend.limited_too_long');
    await kept.keep();
    if (limited !== undefined) {
      log.info('file waits: its registry limits how often it is asked', { ...fields, inMs: limited.inMs });
      return replaced(limited.next, { inMs: limited.inMs, limited: true });
    }
    // The partner's other searches took all its places: that is no failure of this one.
    const crowded = problem.code === 'request.too_many';
    const pause = crowded ? PAUSES_MS[0] : mayPass(problem) ? PAUSES_MS[starts - 1] : undefined;
    const { code, detail } = problem;
    log[pause === undefined ? 'error' : 'warn']('file failed', { ...fields, code, detail, starts });
    if (pause === undefined) return giveUp(transaction, code);
    const next = { ...transaction, starts: starts - (crowded ? 1 : 0), problem: code, changedAt: clock() };
    return replaced(next, { inMs: pause });
  };

  const start = async (found: WithFile): Promise<WithFile | undefined> => {
    const { problem: _, ...rest } = found;
    const over = found.starts >= MOST_STARTS;
    if (over) log.error('file given up', { transaction: found._id, part: found.file.made, starts: found.starts });
    const started: WithFile = {
      ...rest,
      state: 'running',
      starts: over ? 1 : found.starts + 1,
      ...(over && { file: { ...found.file, refused: 'service.fault' } }),
      changedAt: clock(),
    };
    return (await documents.replace(TRANSACTIONS, started)) ? versioned(started) : undefined;
  };

  /** The first part is the last one made: with it the answer is there. */
  const step = async (found: WithFile, held: HeldLease, resumed: boolean): Promise<Step> => {
    const transaction = await start(found);
    if (transaction === undefined) return { inMs: LOOK_AGAIN_MS };
    const { made, parts } = transaction.file;
    const partner = options.partner(transaction.partner);
    const rightsVersion = options.rightsVersion(partner ?? { registries: new Map() }, transaction.registry);
    const part = (made + 1) % parts;
    const kept = await openKept({ transaction: transaction._id, part }, resumed);
    let content: CallbackContent | undefined;
    try {
      content = await makePart(transaction, part, held, kept);
    } catch (cause) {
      return failed(transaction, cause, kept);
    }
    if (content === undefined) {
      // Closing is no failure of it.
      if (held.closing) await documents.replace(TRANSACTIONS, { ...transaction, starts: transaction.starts - 1 });
      return 'stopped';
    }
    const next: WithFile = {
      ...transaction,
      starts: 0,
      file: { ...transaction.file, made: made + 1 },
      changedAt: clock(),
    };
    const answered = await finisher.partWrites(transaction, content, rightsVersion, part);
    const outcomes = await documents.apply([...answered, replaceOf(TRANSACTIONS, next), ...(await kept.drop())]);
    if (outcomes[answered.length] !== 'done') return { inMs: LOOK_AGAIN_MS };
    return { next: versioned(next) };
  };

  /**
   * One part of it, so that lanes of other partners have their turn before the next one.
   *
   * @returns when to look again, in milliseconds; undefined: it is over
   */
  const runFile = async (
    found: WithFile,
    held: HeldLease,
    limited: Map<string, number>,
  ): Promise<number | 'more' | undefined> => {
    let transaction = found;
    if (transaction.file.made < transaction.file.parts) {
      if (!(await held.mayStart(options.timeoutMs))) return 'more';
      const outcome = await step(transaction, held, transaction.state === 'running');
      if (outcome === 'stopped') return 'more';
      if ('inMs' in outcome) {
        if (outcome.limited === true) limited.set(transaction.registry, clock() + outcome.inMs);
        return outcome.inMs;
      }
      transaction = outcome.next;
      if (transaction.file.made < transaction.file.parts) return 'more';
    }
    await finisher.publish(transaction);
    log.info('file done', { transaction: transaction._id, partner: transaction.partner, rows: transaction.file.rows });
    return undefined;
  };

  return async ({ lane, held }) => {
    // In this order: one that is begun between the two is in both, not in neither.
    const accepted = await documents.find(TRANSACTIONS, { index: 'byLane', equals: [lane, 'accepted'], limit: PAGE });
    const running = await findRunning(documents, lane, { limit: PAGE, now: clock() });
    const begun = new Set(running.map(({ _id }) => _id));
    const files = [...running, ...accepted.filter(({ _id }) => !begun.has(_id))].filter(hasFile);
    const later: number[] = [];
    /** Until when registries are to be left alone: another file that was begun would only be refused as well. */
    const limited = new Map<string, number>();
    for (const file of files) {
      const alone = file.state === 'running' ? (limited.get(file.registry) ?? 0) - clock() : 0;
      const wait = Math.max(waitOf(file, clock()), alone);
      const again = wait > 0 ? wait : await runFile(file, held, limited);
      if (again === 'more') return { more: true, nextDueInMs: undefined };
      if (again !== undefined) later.push(again);
    }
    const full = accepted.length === PAGE || running.length >= PAGE;
    return {
      more: full && later.length < files.length,
      nextDueInMs: later.length === 0 ? undefined : Math.min(...later),
    };
  };
};

const hasFile = (transaction: Transaction): transaction is WithFile => transaction.file !== undefined;

const versioned = (transaction: WithFile): WithFile => ({ ...transaction, version: transaction.version + 1 });

const isCode = (code: string): code is ErrorName => Object.hasOwn(ERROR_RULES, code);
