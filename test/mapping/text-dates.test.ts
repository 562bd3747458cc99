import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTextFormat, type TextFormat } from '../../src/mapping/text-dates.ts';

const format = (text: string, type: 'date' | 'datetime' = 'date'): TextFormat => {
  const parsed = parseTextFormat(text, type);
  assert.ok(typeof parsed !== 'string', String(parsed));
  return parsed;
};

test('dates are read in their format, and only days that exist', () => {
  assert.equal(format('dd/MM/yyyy').read('12/07/1950'), '1950-07-12 00:00:00');
  assert.equal(format('dd/mm/yyyy').read('12/07/1950'), '1950-07-12 00:00:00');
  for (const bad of ['31/02/1950', '1/7/1950', '12/07/50', '12-07-1950', ' 12/07/1950', '12/07/1950 ']) {
    assert.equal(format('dd/MM/yyyy').read(bad), undefined, bad);
  }
  assert.equal(format('yyyy-MM-dd HH:mm', 'datetime').read('1950-07-12 23:59'), '1950-07-12 23:59:00');
  assert.equal(format('yyyy-MM-ddTHH:mm:ss', 'datetime').read('1950-07-12T24:00:00'), undefined);
});

test('dates are written as they are read', () => {
  assert.equal(format('dd.MM.yyyy').write('1950-07-12 00:00:00'), '12.07.1950');
  assert.equal(format('yyyyMMdd').write('1950-07-12 00:00:01'), undefined);
});

test('only formats from the year down order as time does', () => {
  assert.deepEqual(
    [format('yyyyMMdd').ordered, format('yyyy/dd/MM').ordered, format('dd/MM/yyyy').ordered],
    [true, false, false],
  );
});

test('formats without a whole date are told', () => {
  for (const bad of ['yyyy', 'MM/yyyy', 'dd-MMM-yyyy', 'dd/MM/yyyy/dd', 'yyyyMMdd mm:ss']) {
    assert.equal(typeof parseTextFormat(bad, 'date'), 'string', bad);
  }
  assert.equal(typeof parseTextFormat('yyyyMMdd', 'datetime'), 'string');
});
