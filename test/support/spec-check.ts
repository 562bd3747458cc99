/**
 * Checks outgoing messages against the standard's own API specs, where they lie beside the project (PROTOCOL 7).
 * Where they do not, that is said aloud, tests of nothing else are skipped (`WITHOUT_SPECS`), and the others check the rest.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { referencePath } from './reference-folder.ts';

const SPECS = referencePath('spec', 'checks of messages against the specifications are');

/** For `skip`: the reason, or false where the specifications are there. */
export const WITHOUT_SPECS = SPECS === undefined ? '../shared/spec is not there' : false;

export type SpecDomain = 'social' | 'crvs' | 'fr' | 'dr' | 'ibr';

/** Where our messages leave the specs, and why. The one list of deviations: no check is looser than it says. */
export const DEVIATIONS = {
  errors:
    'No path has a schema that its own error bodies fit: they are checked against HttpErrorResponse and Response of the domain.',
  drStatus:
    'dr has no status paths. They are served all the same, in the form of fr, whose answers hold records as an object too, and checked against fr.',
  frOnSubscribe:
    'The operation of fr’s on-subscribe is empty (its lines stand one level too far left): header and message are checked by their schemas.',
  ibrBare:
    'The answers of ibr’s special endpoints stand there without an envelope: ours has one. Header and message are checked by their schemas.',
  aliases: 'Paths that are aliases of ours (`/enrolled`, `/enrollments/updates`) are checked as what they stand for.',
  receivers: 'on-notify, sync/notify and receipts are in no spec: their acknowledgements are checked against Response.',
  eventTypes:
    'The enums of reg_event_type lack most events outside crvs: there it is left out, and the event stands in header.meta.',
  records:
    'Schemas of records are examples: test/e2e/domains.test.ts holds ours to them, and lists where and why they leave them.',
  output: 'Records that a partner takes in another profile, or with labels, do not fit: they are not checked.',
} as const;

interface SpecDocument {
  readonly paths: Record<string, { post?: { responses: Record<string, { content?: Content }> } }>;
  readonly components: { readonly responses: Record<string, { content: Content }> };
}

type Content = Record<string, { readonly schema: object }>;

const loaded = new Map<SpecDomain, { document: SpecDocument; ajv: Ajv }>();

const read = (name: string): unknown => parse(readFileSync(join(SPECS ?? '', `${name}_api_v1.0.0.yaml`), 'utf8'));

const load = (domain: SpecDomain): { document: SpecDocument; ajv: Ajv } => {
  const known = loaded.get(domain);
  if (known !== undefined) return known;
  const document = read(domain) as SpecDocument;
  const ajv = new Ajv({ strict: false, allErrors: true, discriminator: false });
  (addFormats as unknown as (target: Ajv) => void)(ajv);
  ajv.addSchema({ $id: `spec:${domain}`, ...document });
  const entry = { document, ajv };
  loaded.set(domain, entry);
  return entry;
};

/** As it stands, for what it shows beside schemas. */
export const specDocument = (domain: SpecDomain): unknown => load(domain).document;

const problems = (check: ValidateFunction, body: unknown): string[] =>
  check(body) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

const pointer = (...keys: readonly string[]): string =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const compile = (domain: SpecDomain, at: string): ValidateFunction => {
  const { ajv } = load(domain);
  const reference = `spec:${domain}#${at}`;
  return ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
};

const JSON_SCHEMA = ['content', 'application/json', 'schema'] as const;

/** By a schema of the domain's `components`. */
const bySchema = (domain: SpecDomain, name: string, value: unknown): string[] =>
  problems(compile(domain, pointer('components', 'schemas', name)), value);

/** By what a path answers. A path that the spec does not have is a fault of the test. */
const byAnswer = (domain: SpecDomain, path: string, body: unknown): string[] => {
  if (WITHOUT_SPECS) return [];
  return problems(
    compile(domain, pointer('paths', `/registry${path}`, 'post', 'responses', 'default', ...JSON_SCHEMA)),
    body,
  );
};

/** By schemas of the envelope's parts, where the spec has none for the whole. */
const byParts = (domain: SpecDomain, message: string, body: unknown): string[] => {
  if (WITHOUT_SPECS) return [];
  const parts = body as { readonly header?: unknown; readonly message?: unknown };
  return [...bySchema(domain, 'MsgCallbackHeader_V1.0.0', parts.header), ...bySchema(domain, message, parts.message)];
};

/** What is wrong with this `on-search` body of a domain; empty when nothing is, or when the specs are not there. */
export const searchAnswerProblems = (domain: SpecDomain, body: unknown): string[] =>
  byAnswer(domain, '/sync/search', body);

/** What is wrong with this answer of the synchronous status. DEVIATIONS.drStatus */
export const statusAnswerProblems = (domain: SpecDomain, body: unknown): string[] =>
  byAnswer(domain === 'dr' ? 'fr' : domain, '/sync/txn/status', body);

/** What is wrong with what a special endpoint of dr or ibr answered. DEVIATIONS.ibrBare, DEVIATIONS.aliases */
export const specialAnswerProblems = (domain: 'dr' | 'ibr', path: string, body: unknown): string[] =>
  domain === 'dr' ? byAnswer(domain, path, body) : byParts(domain, IBR_ANSWERS[path] ?? path, body);

const IBR_ANSWERS: Readonly<Record<string, string>> = {
  '/sync/enrolled': 'EnrolledResponse',
  '/enrolled': 'EnrolledResponse',
  '/sync/enrollment/updates': 'EnrollmentUpdatesResponse',
  '/enrollments/updates': 'EnrollmentUpdatesResponse',
};

/** What is wrong with this error body: it must fit both error shapes of the spec. DEVIATIONS.errors */
export const errorBodyProblems = (domain: SpecDomain, body: unknown): string[] =>
  ['HttpErrorResponse', 'Response'].flatMap((name) => byResponse(domain, name, body));

/** What is wrong with this acknowledgement. DEVIATIONS.receivers */
export const ackProblems = (domain: SpecDomain, body: unknown): string[] => byResponse(domain, 'Response', body);

const byResponse = (domain: SpecDomain, name: string, body: unknown): string[] =>
  WITHOUT_SPECS ? [] : problems(compile(domain, pointer('components', 'responses', name, ...JSON_SCHEMA)), body);

/** The path of a callback of ours, as the specs have it below `/registry`. */
export type CallbackPath = '/on-search' | '/on-subscribe' | '/on-unsubscribe' | '/notify' | '/txn/on-status';

/** What is wrong with a callback or notification that we sent to this path. DEVIATIONS.drStatus, DEVIATIONS.frOnSubscribe */
export const callbackProblems = (domain: SpecDomain, path: CallbackPath, body: unknown): string[] => {
  if (WITHOUT_SPECS) return [];
  if (domain === 'fr' && path === '/on-subscribe') return byParts(domain, 'SubscribeResponse', body);
  const spec = domain === 'dr' && path === '/txn/on-status' ? 'fr' : domain;
  const at = pointer('paths', `/registry${path}`, 'post', 'requestBody', ...JSON_SCHEMA);
  return problems(compile(spec, at), body);
};

/** For `locations.json` and `jwks.json`. */
export const wellKnownProblems = (name: 'locations' | 'jwks', body: unknown): string[] => {
  if (WITHOUT_SPECS) return [];
  const document = read(`${name}_core`) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, allErrors: true });
  (addFormats as unknown as (target: Ajv) => void)(ajv);
  ajv.addSchema({ $id: `spec:${name}`, ...document });
  const at = pointer('paths', `/.well-known/${name}.json`, 'get', 'responses', '200', ...JSON_SCHEMA);
  return problems(ajv.compile({ $ref: `spec:${name}#${at}` }), body);
};
