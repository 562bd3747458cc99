/** Messages as they arrive at the receiver, to be waited for. */

import type { CheckedMessage } from '../src/cli/listen/check-message.ts';
import { toPlain } from '../src/dci/json-plain.ts';

/** Of every shape. */
export interface ReceivedMessage {
  readonly action: string;
  readonly verified: string | undefined;
  readonly message: Record<string, unknown>;
}

export interface Inbox {
  add(checked: CheckedMessage): void;
  /** The next message of this action that was not taken yet. @throws when it does not come in time, or does not verify */
  next(action: string, withinMs?: number): Promise<ReceivedMessage>;
}

/** It did not come in time. */
export class InTimeProblem extends Error {
  override readonly name = 'InTimeProblem';
}

const WITHIN_MS = 30_000;

export const createInbox = (): Inbox => {
  const arrived: ReceivedMessage[] = [];
  let look: (() => void) | undefined;
  return {
    add: ({ header, message, verified }) => {
      const plain = message === undefined ? {} : (toPlain(message) as Record<string, unknown>); // an object stays one
      arrived.push({ action: String(header.action), verified, message: plain });
      look?.();
    },
    next: (action, withinMs = WITHIN_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          look = undefined;
          reject(new InTimeProblem(`no ${action} came within ${withinMs / 1000} s`));
        }, withinMs);
        look = () => {
          const at = arrived.findIndex((each) => each.action === action);
          const [found] = at < 0 ? [] : arrived.splice(at, 1);
          if (found === undefined) return;
          look = undefined;
          clearTimeout(timer);
          if (found.verified === undefined) reject(new Error(`the signature of ${action} does not verify`));
          else resolve(found);
        };
        look();
      }),
  };
};
