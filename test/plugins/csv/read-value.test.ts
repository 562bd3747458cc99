import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDateFormat, readerOf } from '../../../plugins/csv/read-value.ts';

const cases: Readonly<Record<string, readonly (readonly [string, string | number | bigint | undefined])[]>> = {
  text: [
    ['007', '007'],
    [' x ', ' x '],
  ],
  integer: [
    ['007', 7],
    ['-3', -3],
    ['+3', 3],
    ['9223372036854775807', 9223372036854775807n],
    ['9223372036854775808', undefined],
    ['1.0', undefined],
    ['', undefined],
    ['1e3', undefined],
    ['12 ', undefined],
  ],
  number: [
    ['1.50', 1.5],
    ['.5', 0.5],
    ['-1e3', -1000],
    ['1e999', undefined],
    ['1,5', undefined],
    ['NaN', undefined],
    ['0x10', undefined],
  ],
  boolean: [
    ['Yes', 1],
    ['f', 0],
    ['2', undefined],
  ],
  date: [
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', undefined],
    ['1900-02-29', undefined],
    ['2024-00-10', undefined],
    ['2024-1-1', undefined],
    ['2024-01-01T00:00:00', undefined],
  ],
  'date d/m/yyyy': [
    ['1/2/2024', '2024-02-01'],
    ['29/2/2024', '2024-02-29'],
    ['31/04/2024', undefined],
    ['2024-02-01', undefined],
  ],
  'date dd.MM.yyyy': [
    ['01.02.2024', '2024-02-01'],
    ['01x02x2024', undefined],
  ],
  datetime: [
    ['2024-05-06T07:08:09', '2024-05-06 07:08:09'],
    ['2024-05-06 07:08', '2024-05-06 07:08:00'],
    ['2024-05-06 07:08:09.1200', '2024-05-06 07:08:09.12'],
    ['2024-05-06 07:08:09Z', undefined],
    ['2024-05-06 24:00:00', undefined],
    ['2024-05-06', undefined],
  ],
  instant: [
    ['2024-05-06T23:08:09-04:00', '2024-05-07 03:08:09'],
    ['2024-05-06 07:08:09.5+0300', '2024-05-06 04:08:09.5'],
    ['2024-05-06 07:08:09', undefined],
    ['0001-01-01T00:00:00+05:00', undefined],
  ],
};

for (const [type, examples] of Object.entries(cases)) {
  test(`a field of type ${type} is stored in one form, and anything else is refused`, () => {
    const { read } = readerOf(type);
    for (const [text, stored] of examples) assert.equal(read(text), stored, `${type} ${JSON.stringify(text)}`);
  });
}

test('a date format names year, month and day once each', () => {
  for (const format of ['yyyy-mm-dd', 'd/m/yyyy', 'dd.mm.yyyy', 'mm dd yyyy']) assert.ok(isDateFormat(format), format);
  for (const format of ['yyyy-mm', 'dd/mm/yy', 'dd/dd/yyyy', 'yyyy-mm-dd-m', ''])
    assert.ok(!isDateFormat(format), format);
});
