/**
 * Preloaded by the npm scripts (`node --import`): every process of a run takes the code that another has compiled already,
 * which halves what starting one costs. Keyed by the files' contents.
 */

import { join } from 'node:path';

process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/dci-gateway');
