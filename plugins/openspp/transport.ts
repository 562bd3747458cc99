/** How a method of a model is called: one port, an adapter for each of Odoo's two ways. */

import type { CallContext } from 'dci-gateway/plugin';

/** Arguments by name. `domain` stands first where they go by position. */
export type Arguments = Readonly<Record<string, unknown>>;

export interface Transport {
  /** Throws `OdooFault` for an error that Odoo answers, `BackendError` where it does not answer. */
  call(model: string, method: string, args: Arguments, ctx: CallContext): Promise<unknown>;
  /** The server's clock in milliseconds since 1970, by its last answer; undefined where none said it. */
  readonly clock: number | undefined;
}

/** Goes on from what the server's answers say. */
export class ServerClock {
  #behind: number | undefined;

  heard(at: number | undefined): void {
    if (at !== undefined) this.#behind = at - performance.now();
  }

  get now(): number | undefined {
    return this.#behind === undefined ? undefined : this.#behind + performance.now();
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
