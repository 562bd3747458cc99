import { exploreSubscribing } from './subscribing-flows.ts';

exploreSubscribing({ crashes: 1, people: 1, runners: 2, delivers: true });
