/** A registry on the switchable backend, as a section of a configuration. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export type BackendState = 'up' | 'down' | 'hang' | 'fault';

export interface SwitchableRegistry extends Disposable {
  readonly registries: Readonly<Record<string, unknown>>;
  set(state: BackendState): void;
}

export const switchableRegistry = (
  state: BackendState,
  over: Readonly<Record<string, unknown>> = {},
): SwitchableRegistry => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-switch-'));
  const control = join(folder, 'control');
  writeFileSync(control, state);
  return {
    registries: {
      social: {
        domain: 'social',
        mounts: ['/registry'],
        sample: true,
        backend: { plugin: resolve(import.meta.dirname, 'switchable-plugin.ts'), control },
        records: {
          Person: {
            entity: 'person',
            fields: {
              identifier: [{ identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } }],
              name: { surname: 'family', given_name: 'given' },
            },
          },
        },
        ...over,
      },
    },
    set: (next) => writeFileSync(control, next),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};
