import type { Partner } from '../partner.ts';

/** Absent, empty, or exactly one of the configured placeholders: not signed. Anything else must verify. */
export const isUnsigned = (signature: string, placeholders: readonly string[]): boolean => {
  const text = signature.trim();
  return text === '' || placeholders.includes(text);
};

/**
 * Whether this partner's messages must be signed (PROTOCOL 5). `optional` holds while the partner has no active key and no
 * registered key set, or until 00:00 UTC of the date that the operator wrote. A date that cannot be read has passed.
 */
export const mustSign = ({ signature, keys, jwksUrl }: Partner, now: number): boolean => {
  if (signature.require === 'required') return true;
  const hasKey = jwksUrl !== undefined || keys.some((key) => key.active);
  if (!hasKey) return false;
  return signature.optionalUntil === undefined || !(now < Date.parse(signature.optionalUntil));
};
