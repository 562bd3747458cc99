import { exploreFiles } from './file-flows.ts';

exploreFiles('one worker killed', { crashes: 1, jumps: 0 });
exploreFiles('one worker oversleeping', { crashes: 0, jumps: 1 });
