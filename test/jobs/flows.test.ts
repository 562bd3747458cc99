import { exploreFlows } from './flows.suite.ts';

exploreFlows('one worker killed', { crashes: 1, jumps: 0 });
exploreFlows('one worker oversleeping', { crashes: 0, jumps: 1 });
