import type { Log } from '../log.ts';

const nothing = (): void => undefined;

/** For commands that say by themselves what there is to say. */
export const quietLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => quietLog };
