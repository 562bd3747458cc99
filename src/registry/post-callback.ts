/** The POST of one attempt, with the partner's own headers and credentials: never without those it has to bear. */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { type AccessToken, createAccessToken } from '../security/outbound/access-token.ts';
import type { Outbound, OutboundAnswer } from '../security/outbound/http-client.ts';
import { OutboundError } from '../security/outbound/outbound-error.ts';
import type { CallbackPolicy, ClientCredentials, Partner } from '../security/partner.ts';
import type { OutboxEntry } from '../store/async-documents.ts';
import { isRegistered } from './callback-url.ts';
import { judgeAnswer, judgeFailure, NO_TOKEN, TOKEN_REFUSED, type Verdict } from './judge-answer.ts';

export interface PostOptions {
  readonly outbound: Outbound;
  /** Of one attempt, the fetching of its access token included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export type PostCallback = (entry: OutboxEntry, partner: Partner, url: string, body: string) => Promise<Verdict>;

/** Lets the receiver drop repeats at a glance. */
const ATTEMPT_HEADER = 'x-delivery-attempt';
const ID_HEADER = 'x-delivery-id';

/** A server that refuses what was just issued would be asked for a token with every message. */
const RENEWED_EVERY_MS = 300_000;

export const createPostCallback = ({ outbound, timeoutMs, clock, log }: PostOptions): PostCallback => {
  /** A partner that was changed bears credentials of its own again. */
  const tokens = new WeakMap<ClientCredentials, AccessToken>();

  const tokenOf = (credentials: ClientCredentials, allowPrivate: boolean): AccessToken => {
    const known = tokens.get(credentials);
    if (known !== undefined) return known;
    const made = createAccessToken(
      credentials,
      (url, request) => outbound.fetch(url, { ...request, allowPrivate }),
      clock,
      RENEWED_EVERY_MS,
    );
    tokens.set(credentials, made);
    return made;
  };

  return async (entry, partner, url, body) => {
    const policy: Partial<CallbackPolicy> = (isRegistered(partner, new URL(url)) && partner.callback) || {};
    const allowPrivate = policy.privateNetwork === true;

    const send = (bearer: string | undefined, signal?: AbortSignal): Promise<OutboundAnswer> =>
      outbound.fetch(url, {
        method: 'POST',
        headers: {
          ...policy.headers,
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
          'content-type': 'application/json',
          [ATTEMPT_HEADER]: String(entry.attempts + 1),
          [ID_HEADER]: entry.messageId,
        },
        body,
        cut: true,
        allowPrivate,
        ...(signal !== undefined && { signal }),
      });
    const judged = async (answer: Promise<OutboundAnswer>): Promise<Verdict> =>
      judgeAnswer(await answer, entry.attempts === 0, clock());

    /** A token may have been ended before its time: once, another one is fetched. */
    const sendWithToken = async (token: AccessToken): Promise<Verdict> => {
      const signal = AbortSignal.timeout(timeoutMs);
      const fetched = async (refused?: string): Promise<string | undefined> => {
        try {
          return await token.get(signal, refused);
        } catch (cause) {
          if (!(cause instanceof OutboundError)) throw cause;
          log.warn('no access token for callbacks', { partner: partner.id, kind: cause.kind, detail: cause.message });
          return undefined;
        }
      };
      const bearer = await fetched();
      if (bearer === undefined) return NO_TOKEN;
      const verdict = await judged(send(bearer, signal));
      if (verdict.status !== 401) return verdict;
      const renewed = await fetched(bearer);
      if (renewed === undefined) return NO_TOKEN;
      if (renewed === bearer) return TOKEN_REFUSED; // one was fetched for a refusal just before
      const again = await judged(send(renewed, signal));
      return again.status === 401 ? TOKEN_REFUSED : again;
    };

    try {
      if (policy.token === undefined) return await judged(send(policy.bearer));
      return await sendWithToken(tokenOf(policy.token, allowPrivate));
    } catch (cause) {
      if (cause instanceof OutboundError) return judgeFailure(cause);
      throw cause;
    }
  };
};
