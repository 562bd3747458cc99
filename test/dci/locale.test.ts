import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGE_CODES } from '../../src/dci/language-codes.ts';
import { normaliseLocale } from '../../src/dci/locale.ts';

test('three lower-case letters stay, a form with a region becomes them', () => {
  assert.equal(normaliseLocale('eng'), 'eng');
  assert.equal(normaliseLocale('EN/GB'), 'eng');
  assert.equal(normaliseLocale('en-GB'), 'eng');
  assert.equal(normaliseLocale('fr_CM'), 'fra');
  assert.equal(normaliseLocale('swa-KE'), 'swa');
});

test('bare two letters, capitals and unknown languages are no locales', () => {
  for (const text of ['en', 'ENG', 'xx-GB', 'english', 'e-GB', 'en-', '__proto__']) {
    assert.equal(normaliseLocale(text), undefined, text);
  }
});

test('the table of languages is whole', () => {
  assert.ok(LANGUAGE_CODES.size > 180);
  for (const [two, three] of LANGUAGE_CODES) assert.match(`${two} ${three}`, /^[a-z]{2} [a-z]{3}$/);
});
