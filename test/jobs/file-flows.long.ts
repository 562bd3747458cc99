import { exploreFiles } from './file-flows.ts';

exploreFiles('one worker oversleeping', { crashes: 0, jumps: 1 });
