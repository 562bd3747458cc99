import { LEGAL_BASES, type LegalBasis } from '../../security/rights.ts';
import { BEARER, choice, count, formatted, keys, list, text } from './section.ts';

type RawQuery = Readonly<Record<string, unknown>> | readonly unknown[];
export type RawRules = Readonly<Record<string, RawQuery>>;

/** Who decides about consent on a registry. */
export interface RawConsent {
  readonly not_needed_for: readonly LegalBasis[];
  readonly rule?: RawRules;
  readonly purposes: Readonly<Record<string, RawRules>>;
  readonly service?: RawConsentService;
}

export interface RawConsentService {
  readonly url: string;
  readonly bearer?: string;
  readonly timeout: string;
  readonly batch: number;
  readonly most: number;
  readonly cache: string;
  readonly records: readonly string[];
}

const rules = { type: 'object', minProperties: 1, additionalProperties: { type: ['object', 'array'] } };

/** Absent is another thing than empty, so there is no default. */
const { default: _, ...section } = keys({
  not_needed_for: list(
    choice(LEGAL_BASES),
    LEGAL_BASES.filter((basis) => basis !== 'consent'),
  ),
  rule: rules,
  purposes: { type: 'object', additionalProperties: rules, default: {} },
  service: keys(
    {
      url: formatted('url'),
      bearer: BEARER,
      timeout: formatted('duration', '3s'),
      batch: count(100, 1, 1000),
      most: count(1000, 1, 10_000),
      cache: formatted('duration', '10s'),
      records: list(text(), ['Person']),
    },
    ['url'],
  ),
}) as { readonly default: object };

export const consentSchema = section;
