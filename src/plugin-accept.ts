/** Data that flows into a registry, in the plugin API; plugins import these types from `dci-gateway/plugin`. */

/** A JSON value as it was received. A number that a double does not hold exactly is its text. */
export type IncomingValue =
  | null
  | boolean
  | string
  | number
  | readonly IncomingValue[]
  | { readonly [key: string]: IncomingValue };

/** One message of a partner that has the right to submit, after every check of the gateway. */
export interface IncomingData {
  readonly kind: 'enrollment-updates';
  /** Who sent it: the partner's id in the configuration. */
  readonly partner: string;
  readonly transactionId: string;
  /** In UTC, `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly receivedAt: string;
  /** What the sender calls the message, where it says so: `enrolled`, `updated`. */
  readonly receiptType: string | undefined;
  /** At least one. */
  readonly items: readonly IncomingItem[];
}

export interface IncomingItem {
  /**
   * 64 characters. The same for the same item of the same message of the same partner: what was stored under a key is
   * not stored again, also when two calls come at once.
   */
  readonly key: string;
  readonly data: { readonly [key: string]: IncomingValue };
}

/** `known`: it was stored before. `refused`: nothing of it is stored; `problem` goes back to the sender and names no value. */
export type AcceptedItem =
  | { readonly status: 'stored' }
  | { readonly status: 'known' }
  | { readonly status: 'refused'; readonly problem: string };

/** What became of each item, in order. */
export interface AcceptResult {
  readonly items: readonly AcceptedItem[];
}
