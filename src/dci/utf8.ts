import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../errors.ts';

/**
 * The text of a body: valid UTF-8 without a byte order mark (PROTOCOL 2).
 *
 * @throws GatewayError `request.bad`
 */
export const decodeBody = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new GatewayError('request.bad', { message: 'The body begins with a byte order mark.' });
  }
  if (!isUtf8(bytes)) throw new GatewayError('request.bad', { message: 'The body is not valid UTF-8.' });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
};
