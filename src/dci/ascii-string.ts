import { GatewayError } from '../errors.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** What stands for each of the first units: itself, or its escape. */
const WRITTEN: readonly string[] = Array.from({ length: 0x100 }, (_, unit) => {
  const plain = unit >= 0x20 && unit <= 0x7e && unit !== 0x22 && unit !== 0x5c;
  return plain ? String.fromCharCode(unit) : (SHORT_ESCAPES.get(unit) ?? `\\u00${HEX[unit]}`);
});

const SPECIAL = /["\\]|[^ -~]/;

/**
 * A JSON string in pure ASCII as Python writes it: everything outside U+0020 to U+007E is escaped, beyond the BMP as a pair.
 *
 * @throws GatewayError `service.fault` for a lone surrogate
 */
export const asciiString = (text: string): string => (SPECIAL.test(text) ? escaped(text) : `"${text}"`);

/** Put together from letters of its own: a part cut out of a text with wide letters would keep them two bytes wide, and with it the whole answer. */
const escaped = (text: string): string => {
  if (!text.isWellFormed()) throw new GatewayError('service.fault', { detail: 'a lone surrogate cannot be written' });
  let written = '"';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    written += WRITTEN[unit] ?? `\\u${HEX[unit >> 8]}${HEX[unit & 0xff]}`;
  }
  return `${written}"`;
};
