/** A log that keeps its lines for assertions. */

import type { Log } from '../../src/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const recordedLog = (): { readonly log: Log; readonly lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const make = (always: Readonly<Record<string, unknown>>): Log => {
    const at =
      (level: LogLine['level']) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
        void lines.push({ level, message, fields: { ...always, ...fields } });
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...always, ...fields }),
    };
  };
  return { log: make({}), lines };
};
