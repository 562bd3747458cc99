/** A registry as the use cases see it: its configuration, backend and mapping. */

import type { RegistryConfig } from '../config/config.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { BackendPlugin } from '../plugin.ts';

export interface Registry {
  readonly config: RegistryConfig;
  readonly plugin: BackendPlugin;
  /** The bound mapping; throws `GatewayError('service.unavailable')` until the backend was reached and the mapping fits it. */
  mapping(): Promise<Mapping>;
  /** Why it is not ready, without personal data; undefined when it is. */
  health(signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}
