import type { Config } from '../config.ts';
import { choice, keys, type Section } from './section.ts';

export interface RawLog {
  readonly level: Config['log']['level'];
}

export const logSection: Section<RawLog, Config['log']> = {
  schema: keys({ level: choice(['debug', 'info', 'warn', 'error'], 'info') }),
  read: (raw) => raw,
};
