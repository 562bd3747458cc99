import type { Log } from '../src/log.ts';

const none = (): undefined => undefined;

export const SILENT: Log = { debug: none, info: none, warn: none, error: none, child: () => SILENT };
