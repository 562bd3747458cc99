/** The order of all checks before a request is worked on, on one screen (PROTOCOL 3). Swapping two steps does not compile. */

import type { Admitted, Arrived, Authenticated, Enveloped, Opened, Received, Valid, Verified } from './stages.ts';

export interface Steps {
  /** 429: too many calls from this address. */
  readonly limitAddress: (arrived: Arrived) => Promise<Received>;
  /** 401: no valid token. The body is not read before this. */
  readonly authenticate: (received: Received) => Promise<Authenticated>;
  /** 429: too many of the partner's requests are arriving or being proved, or did not verify. Each holds a body in memory, for as long as it takes. */
  readonly bound: <Result>(
    authenticated: Authenticated,
    work: (counted: Authenticated) => Promise<Result>,
  ) => Promise<Result>;
  /** 400, 408, 413: no JSON, no header or message. 403: the sender is not the token's partner. */
  readonly parseEnvelope: (authenticated: Authenticated) => Promise<Enveloped>;
  /** 401: no valid signature. */
  readonly verifySignature: (enveloped: Enveloped) => Promise<Verified>;
  /** 429: over the partner's limit by minute or day. */
  readonly admit: (verified: Verified) => Promise<Admitted>;
  /** 400: an encrypted message that does not open, or one in clear where that is not allowed. Behind the limits: it costs. */
  readonly openMessage: (admitted: Admitted) => Promise<Opened>;
  /** 400: schema, version, action, replay. */
  readonly validate: <Message>(opened: Opened, read: ReadMessage<Message>) => Promise<Valid<Message>>;
}

/** Reads the operation's message, or refuses the request. */
export type ReadMessage<Message> = (message: Opened['message']) => Message;

export type Pipeline = <Message>(arrived: Arrived, read: ReadMessage<Message>) => Promise<Valid<Message>>;

/** Rights and the query itself are checked by the use case, on the decoded query. */
export const createPipeline =
  (steps: Steps): Pipeline =>
  async (arrived, read) => {
    const received = await steps.limitAddress(arrived);
    const authenticated = await steps.authenticate(received);
    const verified = await steps.bound(authenticated, async (counted) => {
      const enveloped = await steps.parseEnvelope(counted);
      return steps.verifySignature(enveloped);
    });
    const admitted = await steps.admit(verified);
    const opened = await steps.openMessage(admitted);
    return steps.validate(opened, read);
  };
