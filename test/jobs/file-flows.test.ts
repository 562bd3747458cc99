import { exploreFiles } from './file-flows.ts';

exploreFiles('one worker killed', { crashes: 1, jumps: 0 });
