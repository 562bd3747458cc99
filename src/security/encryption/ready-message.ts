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
import type { EncryptedMessage } from './encrypted-message.ts';

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

/** @throws GatewayError `service.unavailable` where it cannot be told, or none of its keys can be used: nothing may be sent */
export type FindRecipient = (partner: Partner) => Promise<Recipient>;

export const createFindRecipient =
  (partnerKeys: Pick<PartnerKeys, 'encryptionKey'>): FindRecipient =>
  async (partner) =>
    checked<Recipient>({ partner, key: await partnerKeys.encryptionKey(partner) });

/** The message as its recipient gets it: encrypted anew where it has a key. */
export const makeReady = async (content: OutgoingEnvelope | string, recipient: Recipient): Promise<ReadyMessage> => {
  const { partner, key } = recipient;
  if (key === undefined) return checked<ReadyMessage>({ content, partner });
  const envelope = typeof content === 'string' ? envelopeIn(content) : content;
  return withEncrypted(envelope.header, await encryptContent(envelope, key), recipient);
};

/** The message alone, encrypted: for what is kept and sent several times. */
export const encryptContent = ({ message }: OutgoingEnvelope, key: EncryptionKey): Promise<EncryptedMessage> =>
  encryptMessage(canonicalValue(message, 'compact'), key);

/** A header with what its message was encrypted to. */
export const withEncrypted = (
  header: OutgoingEnvelope['header'],
  encrypted: EncryptedMessage,
  { partner }: Recipient,
): ReadyMessage =>
  checked<ReadyMessage>({
    content: { header: { ...header, is_msg_encrypted: true }, message: { ...encrypted } },
    partner,
  });

/** A refusal goes out in clear: it says which rule was broken and holds no record and nothing of an encrypted request. */
export const refusalFor = ({ header, message }: ErrorParts, partner: Pick<Partner, 'signature'>): ReadyMessage =>
  checked<ReadyMessage>({ content: { header, message }, partner });

/** The mark has no value: it tells that this came through here. */
const checked = <Checked extends { readonly [CHECKED]: true }>(value: Omit<Checked, typeof CHECKED>): Checked =>
  value as Checked;
