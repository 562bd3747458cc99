import { GatewayError } from '../errors.ts';

/**
 * Python's `repr` of a double: the same shortest digits as JavaScript's, laid out by Python's rules
 * (always a point or an exponent; an exponent below 1e-4 and from 1e16 on, of two digits at least).
 */
export const pythonFloat = (value: number): string => {
  if (!Number.isFinite(value)) throw new GatewayError('service.fault', { detail: 'a number that JSON does not have' });
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e16)) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${exponent.slice(1).padStart(2, '0')}`;
};

/** Python's output of a JSON number read by Python: integers stay exact (`-0` is `0`), everything else is a float. */
export const pythonNumber = (text: string): string => {
  if (/[.eE]/.test(text)) return pythonFloat(Number(text));
  return text === '-0' ? '0' : text;
};
