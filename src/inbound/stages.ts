/**
 * What a request has proved so far. Each step takes one stage and answers the next, so that swapping two steps does
 * not compile; what follows a stage never checks again what it says.
 */

import type { JsonObject } from '../dci/json-node.ts';
import type { ParsedDocument } from '../dci/json-parse.ts';
import type { RequestHeader } from '../dci/request-header.ts';
import type { Partner } from '../security/partner.ts';
import type { TokenScopes } from '../security/tokens.ts';
import type { Notes } from './notes.ts';

/** What a path serves (PROTOCOL 1). */
export interface Operation {
  /** In rights and metrics: `search`. */
  readonly name: string;
  /** What `header.action` must say. */
  readonly action: string;
  /** Action of the answer: `on-search`. */
  readonly answerAction: string;
  /** What `header.action` may say as well. */
  readonly otherActions?: readonly string[];
  /** `total_count` may be absent. */
  readonly uncounted?: boolean;
  /** It takes what others answer or tell: sender_id, total_count and the message may be absent (PROTOCOL 2). */
  readonly receives?: boolean;
}

/** A request at a path that we serve; nothing of it is believed. */
export interface Arrived {
  readonly stage: 'arrived';
  readonly operation: Operation;
  readonly registryId: string;
  /** Of the caller, as the trusted proxies tell it. */
  readonly address: string;
  /** It carries a proxy's header. */
  readonly throughProxy: boolean;
  readonly authorization: string | undefined;
  /** What the answer of a refusal will need; filled in on the way. */
  readonly notes: Notes;
  /** Reads the body, once, within its limits of size and time. */
  readBody(): Promise<Buffer>;
}

/** Within the limit of its address. */
export type Received = Omit<Arrived, 'stage'> & { readonly stage: 'received' };

/** A valid token: we know the partner. The body was not read yet. */
export type Authenticated = Omit<Received, 'stage'> & {
  readonly stage: 'authenticated';
  readonly partner: Partner;
  readonly scopes: TokenScopes;
};

/** A JSON document with a header, a message and a sender who is the token's partner. */
export interface Enveloped {
  readonly stage: 'enveloped';
  readonly operation: Operation;
  readonly registryId: string;
  readonly partner: Partner;
  readonly scopes: TokenScopes;
  readonly notes: Notes;
  readonly text: string;
  readonly envelope: JsonObject;
  readonly document: ParsedDocument;
  readonly header: JsonObject;
  /** Absent only where the operation receives. */
  readonly message: JsonObject | undefined;
  readonly senderId: string;
}

/** A message as it came, whose signature was verified: for those who send it on unchanged, never to be read from. */
export interface Kept {
  readonly text: string;
  readonly envelope: JsonObject;
}

/** The signature covers header and message, or the partner may send unsigned. Only this is used on. */
export interface Verified {
  readonly stage: 'verified';
  readonly operation: Operation;
  readonly registryId: string;
  readonly partner: Partner;
  readonly scopes: TokenScopes;
  readonly notes: Notes;
  readonly header: JsonObject;
  readonly message: JsonObject;
  readonly replay: ReplayProof;
  readonly kept: Kept;
}

/** What replay memory needs. */
export interface ReplayProof {
  /** When the signature ends, in milliseconds since 1970; undefined when the message is unsigned. */
  readonly expires: number | undefined;
  /** Digest of action, message and sender_uri; of a valid message keyed, as it may be stored. */
  readonly contentDigest: string;
}

/** Within the partner's limits by minute and day. */
export type Admitted = Omit<Verified, 'stage'> & { readonly stage: 'admitted' };

/** The message is in clear: as it came, or as it was opened with a key of ours. The digest is that of what it says. */
export type Opened = Omit<Admitted, 'stage'> & {
  readonly stage: 'opened';
  /** It came encrypted. */
  readonly encrypted: boolean;
};

/** The header and the message fit their schema, and the message is no replay. */
export interface Valid<Message> {
  readonly stage: 'valid';
  readonly operation: Operation;
  readonly registryId: string;
  readonly partner: Partner;
  readonly scopes: TokenScopes;
  readonly notes: Notes;
  readonly header: RequestHeader;
  readonly message: Message;
  /** The message that `message` was read from, as it was verified and opened. */
  readonly received: JsonObject;
  /** It came encrypted. */
  readonly encrypted: boolean;
  readonly replay: ReplayProof;
  readonly kept: Kept;
}
