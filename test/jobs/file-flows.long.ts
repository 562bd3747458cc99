import { exploreFiles } from './file-flows.ts';

exploreFiles('one worker killed and one oversleeping', { crashes: 1, jumps: 1 });
