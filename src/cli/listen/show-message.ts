/** A message as a person reads it in a terminal. */

import type { JsonNode } from '../../dci/json-node.ts';
import { toPlain } from '../../dci/json-plain.ts';
import type { CheckedMessage } from './check-message.ts';

export interface Arrival {
  readonly at: Date;
  readonly path: string;
  /** From the header `x-delivery-attempt`. */
  readonly attempt: string | undefined;
  /** How often this message_id came before. */
  readonly before: number;
  readonly bytes: number;
  /** What it is answered with. */
  readonly answer: string;
}

/** @param brief without the message itself */
export const showMessage = (arrival: Arrival, checked: CheckedMessage, brief: boolean): readonly string[] => {
  const { header, message, encryption, verified, problem } = checked;
  const field = (name: string): string => textOf(header[name]);
  const again = arrival.before === 0 ? '' : `  REPEATED (seen ${arrival.before} times before)`;
  const lines = [
    `── ${arrival.at.toISOString()}  ${safe(arrival.path)}  ${arrival.bytes} bytes${again}`,
    `   ${verified === undefined ? `NOT VERIFIED: ${safe(problem ?? '')}` : `signature verifies: ${safe(verified)}`}`,
    ...(encryption === undefined ? [] : [`   ${safe(encryption)}`]),
    `   action ${field('action')}  status ${field('status')}${reasonOf(checked)}  message_id ${field('message_id')}  attempt ${safe(arrival.attempt ?? '–')}`,
    `   from ${field('sender_id')} to ${field('receiver_id')}${subscriptionOf(checked)}  answered ${arrival.answer}`,
  ];
  if (brief) return lines;
  if (message === undefined && encryption !== undefined) return [...lines, ''];
  const body = message === undefined ? '(no message)' : JSON.stringify(toPlain(message), null, 2);
  return [...lines, ...body.split('\n').map((line) => `   ${safe(line)}`), ''];
};

const reasonOf = ({ header }: CheckedMessage): string => {
  const reason = textOf(header.status_reason_message);
  return reason === '–' ? '' : ` (${reason})`;
};

const subscriptionOf = ({ header: { meta } }: CheckedMessage): string => {
  const plain = meta === undefined ? undefined : toPlain(meta);
  if (typeof plain !== 'object' || plain === null || !('subscription_code' in plain)) return '';
  const number = 'sequence_number' in plain ? ` no. ${safe(String(plain.sequence_number))}` : '';
  return `  subscription ${safe(String(plain.subscription_code))}${number}`;
};

const textOf = (node: JsonNode | undefined): string => {
  if (node === undefined || node === null || node === '') return '–';
  const plain = toPlain(node);
  return safe(typeof plain === 'string' ? plain : JSON.stringify(plain));
};

/** What a terminal would obey (escapes, and marks that turn text around) is written out. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const safe = (text: string): string =>
  text.replaceAll(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
