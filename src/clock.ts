/** Wall clock, injected so that tests can move it. Milliseconds since 1970. */
export type Clock = () => number;
