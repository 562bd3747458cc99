import type { BackendPlugin } from 'dci-gateway/plugin';

/** A backend that others may be using when it is replaced: it closes once the last of them has its answer. */
export interface LentBackend {
  use<T>(call: (backend: BackendPlugin) => Promise<T>): Promise<T>;
  /** No new user comes; resolves when the backend is closed. */
  retire(): Promise<void>;
}

export const lendBackend = (backend: BackendPlugin): LentBackend => {
  let users = 0;
  let retired: (() => void) | undefined;
  const leave = () => {
    users -= 1;
    if (users === 0) retired?.();
  };
  return {
    use: async (call) => {
      users += 1;
      try {
        return await call(backend);
      } finally {
        leave();
      }
    },
    retire: async () => {
      if (users > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        retired = resolve;
        await promise;
      }
      await backend.close();
    },
  };
};
