import { canonicalText, canonicalValue } from '../../dci/canonical.ts';
import type { JsonNode, JsonObject } from '../../dci/json-node.ts';
import { normaliseHeader } from './normalise-header.ts';
import type { DciProfile } from './signing-string.ts';

/** The texts of one message that its profiles sign, each written once and only when asked for. */
export interface CanonicalForms {
  /** Canonical text of `{"header":…,"message":…}`; without a message, of `{"header":…}`. */
  whole(profile: DciProfile): string;
  /** Compact text of the message alone. */
  message(): string;
}

export const canonicalForms = (header: JsonObject, message: JsonNode | undefined): CanonicalForms => {
  let written: string | undefined;
  const compactMessage = (): string => {
    written ??= message === undefined ? 'null' : canonicalText(message, 'compact');
    return written;
  };
  const compact = (headerText: string): string =>
    message === undefined ? `{"header":${headerText}}` : `{"header":${headerText},"message":${compactMessage()}}`;
  return {
    message: compactMessage,
    whole: (profile) => {
      if (profile === 'dci-compact') return compact(canonicalText(header, 'compact'));
      if (profile === 'dci-normalised') return compact(canonicalValue(normaliseHeader(header), 'compact'));
      return canonicalValue({ header, message }, 'spaced');
    },
  };
};
