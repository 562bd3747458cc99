/** Where a subscription's notifications go: beside where the answer to its request went (PROTOCOL 8). */

import { GatewayError } from '../errors.ts';
import type { Partner } from '../security/partner.ts';
import { callbackUrl } from './callback-url.ts';

const ANSWER_PATH = '/on-subscribe';

/**
 * @param answerUrl of the `on-subscribe`, made by the partner's rule; undefined: the partner's registered URL
 * @returns undefined where there is none, or where it is no registered origin any more: events are then read by status
 */
export const notifyUrl = (partner: Partner, answerUrl: string | undefined): string | undefined => {
  const appended = partner.callback?.rule === 'append' && answerUrl?.endsWith(ANSWER_PATH) === true;
  try {
    return callbackUrl(partner, appended ? answerUrl.slice(0, -ANSWER_PATH.length) : answerUrl, 'notify', true);
  } catch (cause) {
    if (cause instanceof GatewayError && cause.code === 'sender_uri.invalid') return undefined;
    throw cause;
  }
};
