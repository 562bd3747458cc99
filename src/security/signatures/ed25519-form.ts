/**
 * What is refused of an Ed25519 signature before any arithmetic, so that all adapters agree on every input:
 * a wrong length, an S that is not below the group order (RFC 8032, 5.1.7), an R of small order.
 */

const SIGNATURE_BYTES = 64;

/** 2^252 + 27742317777372353535851937790883648493, little endian. */
const GROUP_ORDER = Uint8Array.from(
  Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex'),
);

/** y of the points of order 1, 2, 4 and 8, canonical and not, with the sign of x cleared (the list of libsodium). */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** First byte of each of them: nearly every honest signature is told apart by it. */
const SMALL_ORDER_BEGINNINGS: ReadonlySet<number> = new Set([0x00, 0x01, 0x26, 0xc7, 0xec, 0xed, 0xee]);

export const isSignatureForm = (signature: Uint8Array): boolean =>
  signature.length === SIGNATURE_BYTES && isBelowOrder(signature) && !isSmallOrderPoint(signature);

const isBelowOrder = (signature: Uint8Array): boolean => {
  for (let index = 31; index >= 0; index -= 1) {
    const digit = signature[32 + index] ?? 0;
    const bound = GROUP_ORDER[index] ?? 0;
    if (digit !== bound) return digit < bound;
  }
  return false;
};

/** Looks at the first 32 bytes. */
const isSmallOrderPoint = (bytes: Uint8Array): boolean => {
  if (!SMALL_ORDER_BEGINNINGS.has(bytes[0] ?? 0)) return false;
  const point = Buffer.from(bytes.subarray(0, 32));
  point[31] = (point[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(point.toString('hex'));
};
