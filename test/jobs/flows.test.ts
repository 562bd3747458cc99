import { exploreFlows } from './flows.suite.ts';

exploreFlows('one worker killed', { crashes: 1, jumps: 0 });
