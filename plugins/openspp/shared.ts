import { BackendError, type CallContext } from 'dci-gateway/plugin';

/** What is asked for once, for all who wait for it. */
export interface Shared<Value> {
  get(ctx: CallContext): Promise<Value>;
  /** It is asked for again by the next call. */
  forget(): void;
}

/** Ended with the call that began it where nobody waits for that any more: the others ask for it again, within their own time. */
export const createShared = <Value>(ask: (ctx: CallContext) => Promise<Value>): Shared<Value> => {
  let kept: Promise<Value> | undefined;
  const get = async (ctx: CallContext): Promise<Value> => {
    const others = kept;
    kept ??= ask(ctx).catch((cause: unknown) => {
      kept = undefined;
      throw cause;
    });
    try {
      return await kept;
    } catch (cause) {
      const givenUp = others !== undefined && cause instanceof BackendError && cause.kind === 'timeout';
      if (!givenUp || ctx.signal.aborted) throw cause;
      return get(ctx);
    }
  };
  return {
    get,
    forget: () => {
      kept = undefined;
    },
  };
};
