/** Writes the sample registry beside itself: `npm run sample`. The same bytes each time. */
import { writeFileSync } from 'node:fs';
import { makeSample } from './make/sample.ts';

for (const [name, text] of makeSample()) writeFileSync(new URL(name, import.meta.url), text);
