/** A partner's server in all its moods. What it does to a message is decided by the message's id, so that a repeat meets the same. */

import { createHash } from 'node:crypto';
import { ACK, type Behaviour, ERR, type ReceivedCall, type Receiver, startReceiver } from '../receiver.ts';

export interface BadReceiver extends Receiver {
  /** From now on everything is taken. */
  mend(): void;
}

const TOO_LATE_MS = 2_500;
const SLOW_MS = 900;

/** Of a hundred messages, so many from the first on; `mended` decides about those that never succeed by themselves. */
const moods: readonly { readonly upTo: number; readonly behave: (time: number) => Behaviour }[] = [
  { upTo: 6, behave: () => ({ ...(ACK as object), afterMs: SLOW_MS }) as Behaviour },
  { upTo: 8, behave: (time) => (time > 1 ? ACK : { status: 200, afterMs: TOO_LATE_MS }) },
  { upTo: 15, behave: (time) => (time > 2 ? ACK : { status: 500 }) },
  { upTo: 20, behave: () => ({ status: 301, headers: { location: 'http://127.0.0.1:1/' } }) },
  { upTo: 25, behave: () => ({ status: 410 }) },
  { upTo: 32, behave: (time) => (time > 1 ? ACK : { status: 429, headers: { 'retry-after': '1' } }) },
  { upTo: 40, behave: (time) => (time > 1 ? ACK : 'close') },
  { upTo: 46, behave: (time) => (time > 1 ? ACK : ERR) },
  { upTo: 48, behave: () => ERR },
  { upTo: 100, behave: () => ACK },
];

export const startBadReceiver = async (): Promise<BadReceiver> => {
  let mended = false;
  const receiver = await startReceiver(({ messageId, action, time }: ReceivedCall) => {
    if (mended || action === 'on-subscribe') return ACK;
    const number = (createHash('sha256').update(messageId).digest()[0] ?? 0) % 100;
    return moods.find(({ upTo }) => number < upTo)?.behave(time) ?? ACK;
  });
  return {
    ...receiver,
    mend: () => {
      mended = true;
    },
  };
};
