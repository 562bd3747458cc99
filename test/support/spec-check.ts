/**
 * Checks outgoing messages against the standard's own API specs, where they lie beside the project (PROTOCOL 7).
 * Where they do not, nothing is checked and `specsPresent` says so.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const SPECS = resolve(import.meta.dirname, '../../../shared/spec');

export const specsPresent = existsSync(join(SPECS, 'social_api_v1.0.0.yaml'));

export type SpecDomain = 'social' | 'crvs' | 'fr' | 'dr' | 'ibr';

/** Where our messages leave the specs, and why. The one list of deviations. */
export const DEVIATIONS = {
  errors:
    'Sync error bodies do not fit the `default` answer of their path: they are checked against HttpErrorResponse and Response.',
  bare: 'The answers of `/sync/enrolled` and `/sync/enrollment/updates` stand there without an envelope: ours is checked as that of an on-search, its message by their schema.',
} as const;

interface SpecDocument {
  readonly paths: Record<string, { post?: { responses: Record<string, { content?: Content }> } }>;
  readonly components: { readonly responses: Record<string, { content: Content }> };
}

type Content = Record<string, { readonly schema: object }>;

const loaded = new Map<SpecDomain, { document: SpecDocument; ajv: Ajv }>();

const load = (domain: SpecDomain): { document: SpecDocument; ajv: Ajv } => {
  const known = loaded.get(domain);
  if (known !== undefined) return known;
  const document = parse(readFileSync(join(SPECS, `${domain}_api_v1.0.0.yaml`), 'utf8')) as SpecDocument;
  const ajv = new Ajv({ strict: false, allErrors: true, discriminator: false });
  (addFormats as unknown as (target: Ajv) => void)(ajv);
  ajv.addSchema({ $id: `spec:${domain}`, ...document });
  const entry = { document, ajv };
  loaded.set(domain, entry);
  return entry;
};

const problems = (check: ValidateFunction, body: unknown): string[] =>
  check(body) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

const pointer = (...keys: readonly string[]): string =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const compile = (domain: SpecDomain, at: string): ValidateFunction => {
  const { ajv } = load(domain);
  const reference = `spec:${domain}#${at}`;
  return ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
};

/** What is wrong with this `on-search` body of a domain; empty when nothing is, or when the specs are not there. */
export const searchAnswerProblems = (domain: SpecDomain, body: unknown): string[] => {
  if (!specsPresent) return [];
  const path = Object.keys(load(domain).document.paths).find((each) => each.endsWith('/sync/search')) ?? '';
  const at = pointer('paths', path, 'post', 'responses', 'default', 'content', 'application/json', 'schema');
  return problems(compile(domain, at), body);
};

/** What is wrong with this error body: it must fit both error shapes of the spec. */
export const errorBodyProblems = (domain: SpecDomain, body: unknown): string[] => {
  if (!specsPresent) return [];
  return ['HttpErrorResponse', 'Response'].flatMap((name) =>
    problems(compile(domain, pointer('components', 'responses', name, 'content', 'application/json', 'schema')), body),
  );
};

/** For `locations.json` and `jwks.json`. */
export const wellKnownProblems = (name: 'locations' | 'jwks', body: unknown): string[] => {
  if (!specsPresent) return [];
  const document = parse(readFileSync(join(SPECS, `${name}_core_api_v1.0.0.yaml`), 'utf8')) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, allErrors: true });
  (addFormats as unknown as (target: Ajv) => void)(ajv);
  ajv.addSchema({ $id: `spec:${name}`, ...document });
  const at = pointer(
    'paths',
    `/.well-known/${name}.json`,
    'get',
    'responses',
    '200',
    'content',
    'application/json',
    'schema',
  );
  return problems(ajv.compile({ $ref: `spec:${name}#${at}` }), body);
};

/** The path of a callback of ours, as the specs have it below `/registry`. */
export type CallbackPath = '/on-search' | '/on-subscribe' | '/on-unsubscribe' | '/notify' | '/txn/on-status';

/** What is wrong with a callback or notification that we sent to this path. A domain without the path has nothing to say. */
export const callbackProblems = (domain: SpecDomain, path: CallbackPath, body: unknown): string[] => {
  const known = specsPresent ? load(domain).document.paths[`/registry${path}`] : undefined;
  if (known === undefined) return [];
  // The operation of fr's on-subscribe is empty (its lines stand one level too far left): its message alone can be checked.
  if (!known.post) {
    const { message } = body as { readonly message: unknown };
    return problems(compile(domain, pointer('components', 'schemas', 'SubscribeResponse')), message);
  }
  const at = pointer('paths', `/registry${path}`, 'post', 'requestBody', 'content', 'application/json', 'schema');
  return problems(compile(domain, at), body);
};

/** What is wrong with this acknowledgement. */
export const ackProblems = (domain: SpecDomain, body: unknown): string[] => {
  if (!specsPresent) return [];
  const at = pointer('components', 'responses', 'Response', 'content', 'application/json', 'schema');
  return problems(compile(domain, at), body);
};

/** What is wrong with this answer of the synchronous status. */
export const statusAnswerProblems = (domain: SpecDomain, body: unknown): string[] => {
  const path = '/registry/sync/txn/status';
  if (!specsPresent || load(domain).document.paths[path] === undefined) return [];
  const at = pointer('paths', path, 'post', 'responses', 'default', 'content', 'application/json', 'schema');
  return problems(compile(domain, at), body);
};

/** What is wrong with what a special endpoint of dr or ibr answered. */
export const specialAnswerProblems = (domain: 'dr' | 'ibr', path: string, body: unknown): string[] => {
  if (!specsPresent) return [];
  if (domain === 'dr') {
    const at = pointer(
      'paths',
      `/registry${path}`,
      'post',
      'responses',
      'default',
      'content',
      'application/json',
      'schema',
    );
    return problems(compile(domain, at), body);
  }
  const { header, message } = body as { readonly header: unknown; readonly message: unknown };
  return [
    ...problems(compile(domain, pointer('components', 'schemas', 'MsgCallbackHeader_V1.0.0')), header),
    ...problems(compile(domain, pointer('components', 'schemas', IBR_ANSWERS[path] ?? 'none')), message),
  ];
};

const IBR_ANSWERS: Readonly<Record<string, string>> = {
  '/sync/enrolled': 'EnrolledResponse',
  '/enrolled': 'EnrolledResponse',
  '/sync/enrollment/updates': 'EnrollmentUpdatesResponse',
  '/enrollments/updates': 'EnrollmentUpdatesResponse',
};
