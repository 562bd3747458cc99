import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Beside the code: whoever may write there may change the code itself. */
const FOLDER = join(import.meta.dirname, '../node_modules/.cache/dci-gateway');

/**
 * Keeps what is compiled of the modules that are imported from here on, by their content: the next start has a third less
 * to do. Where the folder cannot be written nothing is kept, and nothing else changes.
 */
export const keepCompiled = (): void => {
  enableCompileCache(FOLDER);
};
