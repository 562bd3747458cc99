import { exploreLimited } from './limited-flows.ts';

exploreLimited('one worker oversleeping', { crashes: 0, jumps: 1 });
exploreLimited('one worker killed, one oversleeping', { crashes: 1, jumps: 1 });
