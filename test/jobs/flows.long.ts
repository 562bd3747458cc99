import { exploreFlows } from './flows.suite.ts';

exploreFlows('one worker killed and one oversleeping', { crashes: 1, jumps: 1 });
