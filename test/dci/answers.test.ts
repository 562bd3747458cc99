import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHeader } from '../../src/dci/answer-header.ts';
import { errorBody } from '../../src/dci/error-body.ts';
import { overallStatus, type SearchOutcome, searchResponse } from '../../src/dci/search-response.ts';
import { ERROR_RULES, type ErrorName, GatewayError } from '../../src/errors.ts';
import { errorBodyProblems, type SpecDomain, searchAnswerProblems, WITHOUT_SPECS } from '../support/spec-check.ts';

const AT = Date.UTC(2026, 0, 15);
const found: SearchOutcome = {
  status: 'succ',
  referenceId: 'a',
  locale: 'eng',
  recordType: 'Person',
  records: [{ sex: 'female' }, { sex: 'male' }],
  pageSize: 20,
  pageNumber: 1,
  totalCount: 2,
  note: undefined,
};
const refused: SearchOutcome = {
  status: 'rjct',
  referenceId: 'b',
  locale: undefined,
  code: 'rjct.filter.invalid',
  message: 'The query has none of the known forms.',
};

test('the status of the whole is that of its items, with a count where they differ', () => {
  assert.deepEqual(overallStatus([found, found]), { status: 'succ', reasonMessage: undefined });
  assert.equal(overallStatus([refused]).status, 'rjct');
  const mixed = overallStatus([found, refused, refused]);
  assert.equal(mixed.status, 'succ');
  assert.match(mixed.reasonMessage ?? '', /1\/3/);
});

test('a reason is cut to what the standard allows, and never in the middle of a letter', () => {
  const reasonMessage = `${'x'.repeat(998)}😀${'y'.repeat(2_000)}`;
  const header = answerHeader({
    ...{ messageId: 'm', at: AT, action: 'on-search', status: 'rjct', reasonMessage, senderId: 's' },
    ...{ receiverId: undefined, totalCount: 0, completedCount: 0 },
  });
  const told = String(header.status_reason_message);
  assert.equal(told.length, 999);
  assert.ok(told.isWellFormed());
});

test('an answer of every domain fits its specification', { skip: WITHOUT_SPECS }, () => {
  for (const domain of ['social', 'crvs', 'fr', 'dr', 'ibr'] satisfies SpecDomain[]) {
    const outcomes = [found, refused];
    const message = searchResponse({ transactionId: 't', correlationId: 'c', domain, regType: 'x', at: AT, outcomes });
    const header = answerHeader({
      messageId: 'm',
      at: AT,
      action: 'on-search',
      ...overallStatus(outcomes),
      senderId: 'us',
      receiverId: 'them',
      totalCount: 2,
      completedCount: 2,
    });
    assert.deepEqual(searchAnswerProblems(domain, { signature: 's', header, message }), [], domain);
    assert.ok(!JSON.stringify({ header, message }).includes('null'));
  }
});

test('every error has a body that fits both error shapes and never holds the detail', () => {
  for (const code of Object.keys(ERROR_RULES) as ErrorName[]) {
    const error = new GatewayError(code, { detail: 'secret detail', cause: new Error('secret cause') });
    const body = errorBody({
      error,
      messageId: 'm',
      at: AT,
      action: 'on-search',
      senderId: 'us',
      receiverId: undefined,
      transactionId: undefined,
      correlationId: 'c',
    });
    assert.deepEqual(errorBodyProblems('social', { signature: '', ...body }), [], code);
    assert.ok(!JSON.stringify(body).includes('secret'));
  }
});

test('the header of a refusal carries the rejection code of the standard where there is one', () => {
  const codeOf = (code: ErrorName): unknown =>
    errorBody({
      error: new GatewayError(code),
      messageId: 'm',
      at: AT,
      action: 'on-search',
      senderId: 'us',
      receiverId: undefined,
      transactionId: 't',
      correlationId: 'c',
    }).header.status_reason_code;
  assert.equal(codeOf('action.invalid'), 'rjct.action.invalid');
  assert.equal(codeOf('total_count.invalid'), 'rjct.total_count.invalid');
  assert.equal(codeOf('request.too_many'), 'err.request.too_many_requests');
});
