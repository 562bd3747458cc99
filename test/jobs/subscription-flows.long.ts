/** Explored wider: two crashes in a run, two workers on a page while the registry changes. Minutes. */
import { exploreSubscriptionFlows } from './subscription-flows.ts';

exploreSubscriptionFlows({ crashes: 2, feeders: 2 });
