import { fromPlain, type PlainValue } from '../dci/json-plain.ts';
import type { ConsentConfig, ConsentRules } from './config.ts';
import type { RawConsent, RawRules } from './schema/consent.ts';

export const readConsent = (raw: RawConsent): ConsentConfig => ({
  notNeededFor: raw.not_needed_for,
  rules: readRules(raw.rule ?? {}),
  purposeRules: new Map(Object.entries(raw.purposes).map(([purpose, rules]) => [purpose, readRules(rules)])),
});

const readRules = (raw: RawRules): ConsentRules =>
  new Map(Object.entries(raw).map(([type, query]) => [type, fromPlain(query as PlainValue)])); // YAML of maps, lists and scalars
