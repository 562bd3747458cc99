/** What an upstream says about subscriptions of ours, in an acknowledgement, a callback or a status: read leniently, never more than ids and times. */

import { parseTimestamp } from '../../dci/timestamps.ts';
import type { UpstreamAnswer, UpstreamJson, UpstreamObject } from '../../plugin.ts';
import { isObject, listOf } from '../upstream-values.ts';

export interface ItemAnswer {
  /** The request's; undefined: it names none, and stands at its item's place. */
  readonly reference: string | undefined;
  readonly accepted: boolean;
  readonly code: string | undefined;
  readonly reason: string | undefined;
  readonly endAt: number | undefined;
}

export interface Acknowledgement {
  /** `succ`: it is done already. */
  readonly done: boolean;
  /** In the order of the items. */
  readonly codes: readonly string[];
  readonly endAt: number | undefined;
  /** Where the answer itself came with it. */
  readonly items: readonly ItemAnswer[];
}

const LONGEST = 99;

export const readAcknowledgement = ({ header, message }: UpstreamAnswer): Acknowledgement => ({
  done: header.status === 'succ',
  codes: [...new Set([message.subscription_codes, message.subscription_code].flatMap(listOf).flatMap((each) => textOf(each) ?? []))], // biome-ignore format: one look
  endAt: timeOf(message.expires),
  items: readItems(message),
});

/** Of `on-subscribe`; items that the upstream is still at work on are left out. */
export const readItems = (message: UpstreamObject): readonly ItemAnswer[] => {
  const items = listOf(message.subscribe_response)
    .filter(isObject)
    .filter(({ status }) => status !== 'rcvd' && status !== 'pdng');
  if (items.length > 0) return items.map((item) => itemOf(item, listOf(item.subscriptions).filter(isObject)[0]));
  return listOf(message.subscriptions).filter(isObject).map((each) => itemOf(each, each)); // biome-ignore format: one look
};

const itemOf = (item: UpstreamObject, subscription: UpstreamObject | undefined): ItemAnswer => {
  const code = textOf(subscription?.code);
  const refused = item.status === 'rjct' || item.status === 'unsubscribe';
  return {
    reference: textOf(item.reference_id),
    accepted: !refused && (code !== undefined || item.status === 'succ'),
    code,
    reason: reasonOf(item.status_reason_code),
    endAt: timeOf(subscription?.expires),
  };
};

/** What became of each code; those that nothing is said about are left out. */
export const readStatus = (
  { message }: UpstreamAnswer,
  codes: readonly string[],
): ReadonlyMap<string, 'live' | 'gone'> => {
  const response = message.txnstatus_response;
  const status = isObject(response) && isObject(response.txn_status) ? response.txn_status : {};
  const items = [status.subscribe_response, status.search_response].flatMap(listOf).filter(isObject);
  const told = new Map<string, 'live' | 'gone'>();
  for (const item of items) {
    const reference = textOf(item.reference_id);
    if (item.status === 'rjct' && reference !== undefined) told.set(reference, 'gone');
    for (const { code, status: state } of listOf(item.subscriptions).filter(isObject)) {
      const named = textOf(code);
      if (named !== undefined) told.set(named, state === 'unsubscribe' ? 'gone' : 'live');
    }
  }
  const [only] = items;
  // None of them is there: said once, about the question.
  const none = items.length === 1 && only?.status === 'rjct' && !codes.some((code) => told.has(code));
  return none ? new Map(codes.map((code) => [code, 'gone'])) : told;
};

const timeOf = (value: UpstreamJson | undefined): number | undefined =>
  typeof value === 'string' ? parseTimestamp(value)?.at : undefined;

const textOf = (value: UpstreamJson | undefined): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= LONGEST ? text : undefined;
};

/** Codes only: it goes into the log. */
const reasonOf = (value: UpstreamJson | undefined): string | undefined =>
  typeof value === 'string' && /^[\w.-]{1,60}$/.test(value) ? value : undefined;
