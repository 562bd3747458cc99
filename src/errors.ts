/**
 * The one error of the gateway and the one table of its codes.
 *
 * A `GatewayError` carries a code from the table, a `detail` and a `cause` for the log, and at most a
 * `message` that is safe to show. What a caller sees is the code and the sentence; never the detail.
 */

export interface ErrorRule {
  /** HTTP status of the answer. */
  readonly http: number;
  /** `error.code` of the DCI error body. */
  readonly code: string;
  /** Sentence for the caller when the error brings none of its own. */
  readonly sentence: string;
}

const rule = (http: number, code: string, sentence: string): ErrorRule => ({ http, code, sentence });

/** PROTOCOL 3: what each failure answers. Keys are our names, values what goes over the wire. */
export const ERROR_RULES = {
  'request.bad': rule(400, 'err.request.bad', 'The request is not well formed.'),
  'request.unauthorized': rule(401, 'err.request.unauthorized', 'A valid access token is required.'),
  'signature.missing': rule(401, 'err.signature.missing', 'The message must be signed.'),
  'signature.invalid': rule(401, 'err.signature.invalid', 'The signature does not verify.'),
  'request.forbidden': rule(403, 'err.request.forbidden', 'This partner may not make this request.'),
  'request.not_found': rule(404, 'err.request.not_found', 'There is nothing at this path.'),
  'method.not_allowed': rule(405, 'err.request.bad', 'This method is not served at this path.'),
  'request.timeout': rule(408, 'err.request.timeout', 'The request did not arrive in time.'),
  'request.too_large': rule(413, 'err.request.bad', 'The request is too large.'),
  'request.media_type': rule(415, 'err.request.bad', 'The content type must be application/json.'),
  'request.too_many': rule(429, 'err.request.too_many_requests', 'Too many requests.'),
  'version.not_supported': rule(400, 'err.version.not_supported', 'This version is not supported.'),
  'sender_id.invalid': rule(400, 'err.sender_id.invalid', 'sender_id is missing or too long.'),
  'sender_uri.invalid': rule(400, 'err.sender_uri.invalid', 'sender_uri is not a registered callback origin.'),
  'receiver_id.invalid': rule(400, 'err.receiver_id.invalid', 'receiver_id does not name this service.'),
  'encryption.invalid': rule(400, 'err.encryption.invalid', 'The encrypted message cannot be read.'),
  'action.invalid': rule(400, 'err.request.bad', 'header.action does not fit the path.'),
  'action.not_supported': rule(400, 'err.request.bad', 'This registry does not take data in.'),
  'message_id.duplicate': rule(400, 'err.request.bad', 'message_id was used for other content.'),
  'version.invalid': rule(400, 'err.request.bad', 'version is not valid.'),
  'total_count.invalid': rule(400, 'err.request.bad', 'total_count is not valid.'),
  'service.fault': rule(500, 'err.service.unavailable', 'The service has a fault.'),
  'service.unavailable': rule(503, 'err.service.unavailable', 'The service is not available at the moment.'),
  'backend.limited': rule(503, 'err.service.unavailable', 'The registry takes no more requests at the moment.'),
  'backend.limited_too_long': rule(
    503,
    'err.service.unavailable',
    'The registry limits how often it is asked, and the time for this request ended before its turn came.',
  ),
  'backend.timeout': rule(504, 'err.request.timeout', 'The registry did not answer in time.'),
} as const satisfies Record<string, ErrorRule>;

export type ErrorName = keyof typeof ERROR_RULES;

/** A refusal of the whole request: `rjct.*` codes that the header's status_reason_code carries (PROTOCOL 3). */
export const HEADER_REJECTIONS: Partial<Record<ErrorName, string>> = {
  'action.invalid': 'rjct.action.invalid',
  'action.not_supported': 'rjct.action.not_supported',
  'message_id.duplicate': 'rjct.message_id.duplicate',
  'version.invalid': 'rjct.version.invalid',
  'total_count.invalid': 'rjct.total_count.invalid',
};

export interface ErrorOptions {
  /** For the log only. No personal data, no secret. */
  readonly detail?: string;
  /** Safe to show: replaces the table's sentence. Names what was wrong, never echoes more than a key. */
  readonly message?: string;
  /** Seconds for a `Retry-After` header. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorName;
  readonly detail: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorName, options: ErrorOptions = {}) {
    super(options.message ?? ERROR_RULES[code].sentence, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfter = options.retryAfter;
  }
}

/** Codes an item of a search request is rejected with (PROTOCOL 3). The set is closed in the standard. */
export type SearchItemCode =
  | 'rjct.reference_id.invalid'
  | 'rjct.reference_id.duplicate'
  | 'rjct.timestamp.invalid'
  | 'rjct.search_criteria.invalid'
  | 'rjct.filter.invalid'
  | 'rjct.sort.invalid'
  | 'rjct.pagination.invalid'
  | 'rjct.search.too_many_records_found';

/** One item of a request is refused; the others still answer. `message` is safe to show. */
export class ItemRejection extends Error {
  override readonly name = 'ItemRejection';
  readonly code: SearchItemCode;

  constructor(code: SearchItemCode, message: string) {
    super(message);
    this.code = code;
  }
}
