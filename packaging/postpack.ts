/** `npm pack` runs this last: package.json points to TypeScript again. */

import { restore } from './restore.ts';

restore();
