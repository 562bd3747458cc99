/** How a method of a model is called: one port, an adapter for each of Odoo's two ways. */

import type { CallContext } from 'dci-gateway/plugin';

/** Arguments by name. `domain` stands first where they go by position. */
export type Arguments = Readonly<Record<string, unknown>>;

export interface Transport {
  /** Throws `OdooFault` for an error that Odoo answers, `BackendError` where it does not answer. */
  call(model: string, method: string, args: Arguments, ctx: CallContext): Promise<unknown>;
  /** The server's clock as its last answer had it, in milliseconds since 1970. */
  readonly clock: number | undefined;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
