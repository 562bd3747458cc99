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

/**
 * A JSON string in pure ASCII as Python writes it: everything outside U+0020 to U+007E is escaped, beyond the BMP as a pair.
 *
 * @throws GatewayError `service.fault` for a lone surrogate
 */
export const asciiString = (text: string): string => {
  for (let index = 0; index < text.length; index += 1) {
    if (!isPlain(text.charCodeAt(index))) return escapeFrom(text, index);
  }
  return `"${text}"`;
};

const isPlain = (unit: number): boolean => unit >= 0x20 && unit <= 0x7e && unit !== 0x22 && unit !== 0x5c;

const escapeFrom = (text: string, first: number): string => {
  if (!text.isWellFormed()) throw new GatewayError('service.fault', { detail: 'a lone surrogate cannot be written' });
  let written = `"${text.slice(0, first)}`;
  let start = first;
  for (let index = first; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (isPlain(unit)) continue;
    if (start < index) written += text.slice(start, index);
    start = index + 1;
    written += SHORT_ESCAPES.get(unit) ?? `\\u${HEX[unit >> 8]}${HEX[unit & 0xff]}`;
  }
  return `${written}${text.slice(start)}"`;
};
