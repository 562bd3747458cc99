/**
 * Bounds on what arrives and is proved: each request holds a body in memory and, until its signature was seen, costs its sender
 * nothing. Only what was proved counts against a partner's limits; what fails is counted here, by its size, per partner and address.
 */

import { ERROR_RULES, GatewayError } from '../errors.ts';
import type { Budget, Limiter } from '../limits/limiter.ts';
import type { Partner } from '../security/partner.ts';
import { createTurns, type Turns } from '../security/turns.ts';
import type { Steps } from './pipeline.ts';

export interface BoundPorts {
  /** Runs the work among so many of the partner's at once. @throws GatewayError `request.too_many` */
  readonly arriving: <Result>(partner: Partner, work: () => Promise<Result>) => Promise<Result>;
  /** Of this process, whose time they take. */
  readonly failures: Pick<Limiter, 'peek' | 'charge'>;
  /** Which counter a failure from an address is counted on. */
  readonly budgetOf: (partner: Partner, address: string) => readonly Budget[];
}

/** What a failure counts for each of these, begun: four megabytes a minute are read in vain, or a thousand short messages. */
const PIECE_BYTES = 4_096;
/** Larger ones are proved one after the other: all that came together would be looked up before the first is counted. */
const LARGE_BYTES = 65_536;

/** @throws GatewayError `request.too_many` */
export const createBoundProving = ({ arriving, failures, budgetOf }: BoundPorts): Steps['bound'] => {
  const turns = createTurns();

  const requireLeft = async (budgets: readonly Budget[]): Promise<void> => {
    const { allowed, retryAfter } = await failures.peek(budgets);
    if (!allowed)
      throw new GatewayError('request.too_many', { retryAfter, message: 'Too many messages that do not verify.' });
  };

  return async (authenticated, work) => {
    const { partner, address } = authenticated;
    const budgets = budgetOf(partner, address);
    await requireLeft(budgets);
    let bytes = 0;
    let leave = (): void => undefined;
    const readBody = async (): Promise<Buffer> => {
      const body = await authenticated.readBody();
      if (body.length > LARGE_BYTES) {
        leave = await turnOf(turns, budgets[0]?.key ?? '');
        await requireLeft(budgets);
      }
      bytes = body.length;
      return body;
    };
    return arriving(partner, async () => {
      try {
        return await work({ ...authenticated, readBody });
      } catch (cause) {
        const refused = cause instanceof GatewayError && ERROR_RULES[cause.code].http < 500;
        if (refused && bytes > 0) await failures.charge(budgets, costOf(bytes, budgets));
        throw cause;
      } finally {
        leave();
      }
    });
  };
};

/** One message costs half of a budget at most: who sent a file of 10 MB that was wrong may send the right one at once. */
const costOf = (bytes: number, budgets: readonly Budget[]): number =>
  Math.min(Math.ceil(bytes / PIECE_BYTES), ...budgets.map(({ points }) => Math.floor(points / 2)));

/** Resolves when it is this one's turn, with what ends it. */
const turnOf = (turns: Turns, key: string): Promise<() => void> =>
  new Promise((entered, failed) => {
    turns.run(key, () => new Promise<void>((left) => entered(left))).catch(failed);
  });
