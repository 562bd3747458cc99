import { fromPlain, type PlainValue } from '../dci/json-plain.ts';
import type { ConsentConfig, ConsentRules, ConsentService } from './config.ts';
import type { RawConsent, RawConsentService, RawRules } from './schema/consent.ts';
import { milliseconds } from './units.ts';

export const readConsent = (raw: RawConsent): ConsentConfig => ({
  notNeededFor: raw.not_needed_for,
  rules: readRules(raw.rule ?? {}),
  ...(raw.service !== undefined && { service: readService(raw.service) }),
  purposeRules: new Map(Object.entries(raw.purposes).map(([purpose, rules]) => [purpose, readRules(rules)])),
});

const readService = ({ bearer, timeout, cache, ...service }: RawConsentService): ConsentService => ({
  ...service,
  timeoutMs: milliseconds(timeout),
  cacheMs: milliseconds(cache),
  ...(bearer !== undefined && { bearer }),
});

const readRules = (raw: RawRules): ConsentRules =>
  new Map(Object.entries(raw).map(([type, query]) => [type, fromPlain(query as PlainValue)])); // YAML of maps, lists and scalars
