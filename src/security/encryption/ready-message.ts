/**
 * The boundary that nothing crosses in clear (PROTOCOL 9): a body is signed only when it is a `ReadyMessage`, and only this file
 * makes them. A partner with an encryption key gets its messages encrypted; where that fails nothing is sent.
 */

import { canonicalValue } from '../../dci/canonical.ts';
import type { ErrorParts } from '../../dci/error-body.ts';
import type { PartnerKeys } from '../keys/partner-keys.ts';
import type { Partner } from '../partner.ts';
import { envelopeIn, type OutgoingEnvelope } from '../signatures/sign.ts';
import { type EncryptionKey, encryptMessage } from './encrypt.ts';
import { EncryptionProblem } from './encrypted-message.ts';

declare const CHECKED: unique symbol;

/** What may go out to this partner as it is. */
export interface ReadyMessage {
  /** A text: the compact canonical text of header and message. */
  readonly content: OutgoingEnvelope | string;
  readonly partner: Pick<Partner, 'signature'>;
  readonly [CHECKED]: true;
}

/** A partner with the key its messages are encrypted for, as it was looked up; undefined: it has none. */
export interface Recipient {
  readonly partner: Pick<Partner, 'signature'>;
  readonly key: EncryptionKey | undefined;
  readonly [CHECKED]: true;
}

/**
 * @param fingerprint of the key that is taken while it is one of the partner's, whatever others there are
 * @throws GatewayError `service.unavailable` where it cannot be told, or none of its keys can be used: nothing may be sent
 */
export type FindRecipient = (partner: Partner, fingerprint?: string) => Promise<Recipient>;

/** Whether a message that is made now for the partner of this id may never go out in clear: it has an encryption key. */
export type Confidential = (partnerId: string) => Promise<boolean>;

export const createFindRecipient =
  (partnerKeys: Pick<PartnerKeys, 'encryptionKey'>): FindRecipient =>
  async (partner, fingerprint) =>
    checked<Recipient>({ partner, key: await partnerKeys.encryptionKey(partner, fingerprint) });

/** The message as its recipient gets it: encrypted anew where it has a key. */
export const makeReady = async (content: OutgoingEnvelope | string, recipient: Recipient): Promise<ReadyMessage> => {
  const { partner, key } = recipient;
  if (key === undefined) return checked<ReadyMessage>({ content, partner });
  return checked<ReadyMessage>({ content: await encrypted(content, key), partner });
};

/**
 * Encrypts a message that is kept and sent several times.
 *
 * @param text the compact canonical text of header and message
 * @returns the same of header and encrypted message, for `readyAgain`
 */
export const encryptText = async (text: string, key: EncryptionKey): Promise<string> =>
  canonicalValue(await encrypted(text, key), 'compact');

/** @throws EncryptionProblem for a text whose message is not encrypted */
export const readyAgain = (text: string, { partner }: Recipient): ReadyMessage => {
  if (envelopeIn(text).message.ciphertext === undefined) throw new EncryptionProblem('what was kept is in clear');
  return checked<ReadyMessage>({ content: text, partner });
};

const encrypted = async (content: OutgoingEnvelope | string, key: EncryptionKey): Promise<OutgoingEnvelope> => {
  const { header, message } = typeof content === 'string' ? envelopeIn(content) : content;
  const jwe = await encryptMessage(canonicalValue(message, 'compact'), key);
  return { header: { ...header, is_msg_encrypted: true }, message: { ...jwe } };
};

/** A refusal goes out in clear: it says which rule was broken and holds no record and nothing of an encrypted request. */
export const refusalFor = ({ header, message }: ErrorParts, partner: Pick<Partner, 'signature'>): ReadyMessage =>
  checked<ReadyMessage>({ content: { header, message }, partner });

/** The mark has no value: it tells that this came through here. */
const checked = <Checked extends { readonly [CHECKED]: true }>(value: Omit<Checked, typeof CHECKED>): Checked =>
  value as Checked;
