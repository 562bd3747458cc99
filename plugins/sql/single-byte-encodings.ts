/** Which characters the single-byte encodings of PostgreSQL databases have. */

/** PostgreSQL's name → the Encoding standard's. */
const LABELS: Readonly<Record<string, string>> = {
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  ISO_8859_5: 'iso-8859-5',
  ISO_8859_6: 'iso-8859-6',
  ISO_8859_7: 'iso-8859-7',
  ISO_8859_8: 'iso-8859-8',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  WIN866: 'ibm866',
  WIN1250: 'windows-1250',
  WIN1251: 'windows-1251',
  WIN1252: 'windows-1252',
  WIN1253: 'windows-1253',
  WIN1254: 'windows-1254',
  WIN1255: 'windows-1255',
  WIN1256: 'windows-1256',
  WIN1257: 'windows-1257',
  WIN1258: 'windows-1258',
};

const UPPER_HALF = Uint8Array.from({ length: 128 }, (_, n) => n + 128);

/** Of encodings that are not listed only ASCII is sure. */
const upperHalf = (encoding: string): string => {
  if (encoding === 'LATIN1') return Buffer.from(UPPER_HALF).toString('latin1');
  const label = LABELS[encoding];
  return label === undefined ? '' : new TextDecoder(label).decode(UPPER_HALF);
};

export const singleByteHolds = (encoding: string, text: string): boolean => {
  const beyond = [...text].filter((char) => char > '\u007f');
  if (beyond.length === 0) return true;
  const known = upperHalf(encoding);
  return beyond.every((char) => char !== '\ufffd' && known.includes(char));
};
