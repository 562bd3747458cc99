/**
 * What a result is fetched with, beside the partner's token: told by status alone, which only a signed request gets where
 * the partner must sign. A token that was stolen fetches nothing.
 */

import { timingSafeEqual } from 'node:crypto';
import type { Transaction } from '../../store/async-documents.ts';
import { K } from '../../store/document-key.ts';

const FORM = /^([0-9a-f]{64})\.([0-9a-f]{64})$/;

/** The second half follows from an id that was random when the file was accepted. */
export const resultTicket = ({ _id, outgoingMessageId }: Transaction): string =>
  `${_id}.${proofOf(_id, outgoingMessageId)}`;

const proofOf = (id: string, secret: string): string => K(id, 'result', secret);

/** The transaction that a ticket names; nothing is proved yet. Undefined: it is no ticket. */
export const ticketTransaction = (ticket: string): string | undefined => FORM.exec(ticket)?.[1];

export const isTicketOf = (transaction: Transaction, ticket: string): boolean => {
  const right = Buffer.from(resultTicket(transaction));
  const given = Buffer.from(ticket);
  return right.length === given.length && timingSafeEqual(right, given);
};
