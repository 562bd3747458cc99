/** Backends that speak DCI themselves, in the plugin API; plugins import these types from `dci-gateway/plugin`. */

import type { Agent, IncomingHttpHeaders } from 'node:http';
import type { Entity } from './plugin.ts';

/** A JSON value as it was answered. A number beyond what a double holds exactly is its text. */
export type UpstreamJson =
  | null
  | boolean
  | number
  | string
  | readonly UpstreamJson[]
  | { readonly [key: string]: UpstreamJson };

export type UpstreamObject = { readonly [key: string]: UpstreamJson };

export type UpstreamProfile = 'dci-spaced' | 'dci-compact' | 'dci-normalised' | 'jws' | 'jws-detached';

/** Where our access token comes from: client credentials (RFC 6749, 4.4). */
export interface UpstreamToken {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  /** How the credentials are sent. */
  readonly style: 'form' | 'json' | 'basic';
}

export interface UpstreamOptions {
  /** Its mount: `/sync/search` and the others lie below. */
  readonly url: string;
  /** Absent: calls carry no token. */
  readonly token?: UpstreamToken;
  /** Written as `receiver_id`. */
  readonly receiverId?: string;
  /** What it writes as `sender_id`; empty: whatever its answer says, its keys decide. */
  readonly senderIds: readonly string[];
  /** Its key set. */
  readonly keysUrl?: string;
  /** What we sign for it with. */
  readonly send: UpstreamProfile;
  /** What its answers may be signed with. */
  readonly accept: readonly UpstreamProfile[];
  /** `optional`: unsigned answers are taken as well, where no key set is given. */
  readonly answers: 'required' | 'optional';
  /** Its addresses may be private ones. */
  readonly privateNetwork: boolean;
  readonly timeoutMs: number;
  /** Largest answer. */
  readonly maxBytes: number;
}

export interface UpstreamRequest {
  /** Below its mount: `/sync/search`. */
  readonly path: string;
  readonly action: string;
  /** What the answer's `header.action` must be: `on-search`. */
  readonly answerAction: string;
  /** Bears a `transaction_id` of its own, which the answer must repeat. */
  readonly message: UpstreamObject;
  readonly totalCount: number;
}

/** A request that is answered by a call back. */
export interface UpstreamSending extends Omit<UpstreamRequest, 'answerAction'> {
  /** The same for the same request, so that it may be sent again. */
  readonly messageId: string;
  /** Where the answer is to go. */
  readonly senderUri: string;
}

/** A request of the gateway's own, under ids that are the same when it is sent again. */
export interface UpstreamAsking extends UpstreamRequest {
  readonly messageId: string;
  /** Where a later answer is to go. */
  readonly senderUri?: string;
  /** What comes back is an acknowledgement: one that cannot be believed is left out. */
  readonly acknowledged?: true;
}

/** `refused`: by this status, which will not change by itself; `reason` follows it in a log, and repeats no free text. */
export type UpstreamOutcome =
  | { readonly kind: 'taken'; readonly answer: UpstreamAnswer | undefined }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

export interface UpstreamAnswer {
  readonly header: UpstreamObject;
  readonly message: UpstreamObject;
}

/** A DCI server that the gateway calls: with the gateway's own token, signed as the gateway, and nothing of a caller's. */
export interface Upstream {
  /**
   * One call and its answer, whose signature was verified. Rejects with `BackendError`: `timeout` at the deadline, else
   * `unavailable` for whatever is not a good answer to this very call.
   */
  call(request: UpstreamRequest, context: { readonly signal: AbortSignal }): Promise<UpstreamAnswer>;
  /** Hands a request over. Resolves when the upstream took it; what its acknowledgement says is not read. Rejects with `BackendError`. */
  send(request: UpstreamSending, context: { readonly signal: AbortSignal }): Promise<void>;
  /** Hands a request over and reads its answer, or its acknowledgement. Rejects with `BackendError` where trying again may help. */
  ask(request: UpstreamAsking, context: { readonly signal: AbortSignal }): Promise<UpstreamOutcome>;
  /** For the gateway: bytes that go on as they came. */
  readonly raw: RawUpstream;
  /** Resolves when it gives us a token (or, where there is none, its keys). Rejects with `BackendError`. */
  probe(context: { readonly signal: AbortSignal }): Promise<void>;
  close(): void;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawUpstream {
  /** Its mount, without a slash at the end. */
  readonly url: string;
  readonly agent: Agent;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Rejects with `BackendError` when its address may not be connected. */
  check(): Promise<void>;
  /** Our own token there. @param refused one that it did not take: another is fetched. Undefined: it asks for none. */
  token(signal: AbortSignal, refused?: string): Promise<string | undefined>;
  /** Reads what lies at this address of its origin, by our token. Every status is an answer. Rejects with `BackendError`. */
  get(url: string, signal: AbortSignal): Promise<RawAnswer>;
  /** The answer, verified. Rejects with `BackendError` for whatever is not a good answer. */
  read(
    answer: RawAnswer,
    expected: { readonly action: string; readonly transactionId: string },
  ): Promise<UpstreamAnswer>;
}

/** What a backend that speaks DCI lets the gateway do with its upstream beside searching it. */
export interface UpstreamOffer {
  readonly link: Upstream;
  /**
   * Searches of partners without any restriction go on with the bytes they came in, where this holds of each item's
   * `search_criteria`: they name what the upstream would be told of each search. Absent: none does.
   */
  readonly forwards?: (criteria: UpstreamObject) => boolean;
  /** Read-only paths below our mounts, and where each of them lies: on its origin. */
  readonly paths: ReadonlyMap<string, string>;
  /** It notifies us of changes: as which of our partners, and whose record each notification bears. */
  readonly notifications?: {
    readonly partner: string;
    keyOf(
      recordType: string | undefined,
      record: UpstreamObject,
    ): { readonly recordType: string; readonly key: string } | undefined;
  };
  /** The gateway subscribes there by itself, and has its notifications come. */
  readonly subscription?: {
    /** Which of our partners answers and notifies. */
    readonly partner: string;
    /** Our mount that it calls. */
    readonly callbackUrl: string;
    /** As the upstream names them. */
    readonly events: readonly string[];
    /** Record types whose notifications have a key, and their names there. */
    readonly recordTypes: ReadonlyMap<string, string>;
    /** Further members of `subscribe_criteria`. */
    readonly criteria: UpstreamObject;
    /** Absent: as long as the upstream likes. */
    readonly lifetimeMs?: number;
    /** How often it is asked whether they are still there. */
    readonly checkMs: number;
  };
  /** Asynchronous searches are its own. */
  readonly relay?: {
    /** Which of our partners calls back. */
    readonly partner: string;
    /** Our mount that it calls. */
    readonly callbackUrl: string;
    /** How long it may take. */
    readonly timeoutMs: number;
    /** Of all messages that it answers one request with. */
    readonly maxBytes: number;
  };
  /** Its areas, in place of the mapping's. Rejects with `BackendError`. */
  locations?(context: { readonly signal: AbortSignal }): Promise<readonly UpstreamLocation[]>;
}

export interface UpstreamLocation {
  readonly id: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly parent: string | undefined;
}

/** What the gateway lends plugins whose backend speaks DCI. */
export interface DciEnvironment {
  /**
   * The entities of `records: dci` for these record types of the registry's domain (all, when none are named): columns are
   * dotted paths in a record, children its lists and nested records (`max: 1`), a list of plain values has the column `value`.
   */
  entities(types?: readonly string[]): readonly Entity[];
  /** A DCI server, called as the gateway. Nothing is connected yet. */
  connect(options: UpstreamOptions): Upstream;
}
