import { exploreLimited } from './limited-flows.ts';

exploreLimited('nobody killed', { crashes: 0, jumps: 0 });
exploreLimited('one worker killed', { crashes: 1, jumps: 0 });
