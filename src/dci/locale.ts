/** Locales: three lower-case letters in the standard, other forms in the field (PROTOCOL 2). */

import { LANGUAGE_CODES } from './language-codes.ts';

const WITH_REGION = /^([A-Za-z]{2,3})[-_/][A-Za-z]{2}$/;

/**
 * `eng` stays; a form with a region (`EN/GB`, `en-GB`) becomes its three letters. Undefined for anything else,
 * a bare `en` or `ENG` included: those are refused on search.
 */
export const normaliseLocale = (text: string): string | undefined => {
  if (/^[a-z]{3}$/.test(text)) return text;
  const language = WITH_REGION.exec(text)?.[1]?.toLowerCase();
  if (language === undefined) return undefined;
  return language.length === 3 ? language : LANGUAGE_CODES.get(language);
};
