import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatSignatureText,
  parseSignatureText,
  SignatureProblem,
} from '../../../src/security/signatures/signature-text.ts';

const usual = {
  kid: 'gov.example|k1|ed25519',
  algorithm: 'ed25519',
  created: '1705314600',
  expires: '1705314900',
  headers: '(created) (expires) digest',
  signature: Buffer.from('abc'),
};

const parsed = (text: string) => {
  const { prefixed: _, ...rest } = parseSignatureText(text);
  return rest;
};

test('prefix, order, quotes, blanks, namespace and the name of kidId vary', () => {
  const spellings = [
    'Signature: namespace="dci", kidId="gov.example|k1|ed25519", algorithm="ed25519", created="1705314600", expires="1705314900", headers="(created) (expires) digest", signature="YWJj"',
    'namespace="g2p",kidId="gov.example|k1|ed25519",algorithm="ed25519",created=1705314600,expires=1705314900,headers="(created) (expires) digest",signature="YWJj"',
    '  signature:signature="YWJj" , headers="(created) (expires) digest", expires = "1705314900", created = 1705314600 ,algorithm=ed25519, keyId="gov.example|k1|ed25519", namespace="spdci",',
    "SIGNATURE : keyid='gov.example|k1|ed25519' algorithm='ed25519' created='1705314600' expires='1705314900' headers='(created) (expires) digest' signature='YWJj' other=\"x\"  ",
    'KidId=gov.example|k1|ed25519\n, algorithm=ed25519\n, created="1705314600"\n, expires="1705314900"\n, headers="(created) (expires) digest"\n, signature=YWJj',
  ];
  for (const text of spellings) assert.deepEqual(parsed(text), usual, text);
});

test('a doubled parameter is refused, also under its other name or in other letters', () => {
  const text = (rest: string) =>
    `kidId="a|b|ed25519", created="1", expires="2", headers="h", signature="YWJj", ${rest}`;
  for (const rest of ['created="1"', 'keyId="a|b|ed25519"', 'CREATED="1"', 'signature="YWJj"', 'kid="x"']) {
    assert.throws(() => parseSignatureText(text(rest)), /stands twice/);
  }
});

test('what is missing or not in its form is refused', () => {
  const complete = 'kidId="a", created="1", expires="2", headers="h", signature="YWJj"';
  parseSignatureText(complete);
  const broken = [
    complete.replace('kidId="a", ', ''),
    complete.replace('created="1", ', ''),
    complete.replace('expires="2", ', ''),
    complete.replace('signature="YWJj"', ''),
    complete.replace('"1"', '"1.5"'),
    complete.replace('"1"', '"-1"'),
    complete.replace('"1"', '"0x1"'),
    complete.replace('"2"', '"123456789012"'),
    complete.replace('YWJj', 'YW%j'),
    complete.replace('"YWJj"', '""'),
    complete.replace('"YWJj"', '"YWJj'),
    `${complete}, hello`,
    'hello',
    'Signature:',
    `${complete}, x="${'y'.repeat(5000)}"`,
  ];
  for (const text of broken) assert.throws(() => parseSignatureText(text), SignatureProblem, text.slice(0, 99));
});

test('base64 is read in both alphabets, with or without padding', () => {
  const bytes = Buffer.from('fbfffe', 'hex');
  for (const base64 of ['+//+', '-__-']) {
    assert.deepEqual(parseSignatureText(`kidId="a", created="1", expires="2", signature="${base64}"`).signature, bytes);
  }
});

test('a hostile text is judged in linear time', () => {
  const started = performance.now();
  for (const text of [
    `a=${' '.repeat(4000)}`,
    `${'a="" '.repeat(800)}`,
    `signature${' '.repeat(4000)}`,
    'a'.repeat(4000),
  ]) {
    assert.throws(() => parseSignatureText(text), SignatureProblem);
  }
  assert.ok(performance.now() - started < 1000);
});

test('what we write is what we read', () => {
  const text = formatSignatureText({
    kid: 'a|b|ed25519',
    created: 1,
    expires: 2,
    signature: Buffer.from('abc'),
    prefixed: true,
  });
  assert.equal(
    text,
    'Signature: namespace="dci", kidId="a|b|ed25519", algorithm="ed25519", created="1", expires="2", headers="(created) (expires) digest", signature="YWJj"',
  );
  assert.equal(parseSignatureText(text).kid, 'a|b|ed25519');
});
