import { exploreSubscribing } from './subscribing-flows.ts';

exploreSubscribing({ crashes: 0, people: 1, runners: 1, delivers: false });
