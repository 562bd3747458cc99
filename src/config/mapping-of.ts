import type { UnboundMapping } from '../mapping/mapping.ts';
import { readMapping } from '../mapping/read.ts';
import type { RegistryConfig } from './config.ts';

/** The mapping of a registry, read and not yet bound. Throws `ConfigError` with all its mistakes. */
export const mappingOf = ({ domain, mapping, backend }: RegistryConfig): UnboundMapping =>
  readMapping(mapping, { domain, timezone: backend.timezone, entities: backend.options.entities });
