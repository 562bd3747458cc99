import { exploreSubscriptionFlows } from './subscription-flows.ts';

exploreSubscriptionFlows({ crashes: 1, feeders: 1 });
