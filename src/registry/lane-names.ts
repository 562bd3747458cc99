/** Names of the lanes of work (ASYNC): the kind, then whose it is. */

export const searchesLane = (partner: string): string => `searches:${partner}`;

/** Searches by file: they take long, and the others of the partner do not wait for them. */
export const filesLane = (partner: string): string => `files:${partner}`;

/** @param url where the message goes; what matters of it is its origin */
export const deliverLane = (partner: string, url: string): string => `deliver:${partner}:${new URL(url).origin}`;

export const feedLane = (registry: string): string => `feed:${registry}`;

export const digestLane = (subscription: string): string => `digest:${subscription}`;

/** A registry's own subscription at its upstream. */
export const upstreamLane = (registry: string): string => `upstream:${registry}`;

/** Events of a subscription whose consent a service decides. */
export const decideLane = (subscription: string): string => `decide:${subscription}`;
