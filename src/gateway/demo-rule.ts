/** Demo partners may send unsigned and search anything with published secrets: they must never be near real data. */

import { isIP } from 'node:net';
import type { Config } from '../config/config.ts';
import type { Partner } from '../security/partner.ts';

export interface DemoSurroundings {
  readonly host: string;
  /** NODE_ENV is production. */
  readonly production: boolean;
}

/** Why this gateway must not start with these demo partners; empty when it may. */
export const demoProblems = (
  partners: readonly Partner[],
  registries: Config['registries'],
  { host, production }: DemoSurroundings,
): string[] => {
  const demos = partners.filter((partner) => partner.demo && partner.active);
  if (demos.length === 0) return [];
  const sample = new Set(registries.filter((registry) => registry.sample).map(({ id }) => id));
  const names = demos.map(({ id }) => id).join(', ');
  const problems = demos.flatMap(({ id, registries: bound }) =>
    [...bound.keys()]
      .filter((registry) => !sample.has(registry))
      .map(
        (registry) => `demo partner ${id} is bound to ${registry}, which is not marked sample: take the binding away`,
      ),
  );
  if (!isLoopback(host)) {
    problems.push(
      `demo partners (${names}) are served on a loopback address only, not on ${host}: remove them, or set HOST to 127.0.0.1`,
    );
  }
  if (production) problems.push(`demo partners (${names}) are not served with NODE_ENV=production: remove them`);
  return problems;
};

/** What is said at start when demo partners are there. */
export const demoWarning = (partners: readonly Partner[]): string | undefined => {
  const demos = partners.filter((partner) => partner.demo && partner.active).map(({ id }) => id);
  if (demos.length === 0) return undefined;
  return `DEMO: ${demos.join(', ')} may search the sample data unsigned, with secrets that stand in published guides. Remove them before real data comes near.`;
};

const isLoopback = (host: string): boolean => {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
};
