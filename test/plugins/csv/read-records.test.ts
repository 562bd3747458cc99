import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecords } from '../../../plugins/csv/read-records.ts';
import fc from '../../support/fast-check.ts';

const dialect = { separator: ',', quote: '"' };

/** Cuts the text into chunks of this many bytes and reads it. */
const read = (text: string, chunkBytes = 7) => {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const rows: [number, readonly string[]][] = [];
  const broken: number[] = [];
  for (const block of readRecords(chunks, dialect, ({ line }) => broken.push(line))) {
    block.records.forEach((record, index) => {
      rows.push([block.lineOf(index), record]);
    });
  }
  return { rows, broken };
};

test('records carry the line they begin on, across quoted line breaks, empty lines and any mix of line ends', () => {
  assert.deepEqual(read('a,b\r\n"1\n2",x\n\n\n3,y\r4,z').rows, [
    [1, ['a', 'b']],
    [2, ['1\n2', 'x']],
    [6, ['3', 'y']],
    [7, ['4', 'z']],
  ]);
});

test('a stray quote costs its own line and no other', () => {
  for (const size of [5, 9, 1000]) {
    const { rows, broken } = read('a,b\n1,"x"y\n2,"k"\n3,l"m\n"4","n\n"5","o"\n6,p\n', size);
    assert.deepEqual(
      rows.map(([line, [first]]) => [line, first]),
      [
        [1, 'a'],
        [3, '2'],
        [6, '5'],
        [7, '6'],
      ],
      `in chunks of ${size}`,
    );
    assert.deepEqual(broken, [2, 4, 5]);
  }
});

test('a quote that is never closed costs its own line, at the end of the file and before megabytes of rows', () => {
  assert.deepEqual(read('a,b\n1,"x\n2,y\n3,z').broken, [2]);
  const many = 200_000;
  const { rows, broken } = read(`a,b\n1,"x\n${'2,y\n'.repeat(many)}`, 100_000);
  assert.deepEqual(broken, [2]);
  assert.equal(rows.length, many + 1);
});

test('two stray quotes far from each other do not swallow the rows between them', () => {
  const between = Array.from({ length: 200 }, (_, n) => `${n},y,z\n`).join('');
  for (const [ending, field] of [
    ['900,"x"\n', '"s'], // closes the quote and leaves a field too few
    ['900,k,12"\n', '"s'],
    ['900,12",z\n', 'k,"s'], // as many fields as the first record has
  ]) {
    const { rows, broken } = read(`a,b,c\n5,${field}\n${between}${ending}7,p,q\n`, 100_000);
    const found = rows.map(([, [first]]) => first);
    assert.deepEqual([found.length >= 202, found[1], found.at(-1)], [true, '0', '7'], ending);
    assert.ok(broken.includes(2), 'the line with the stray quote is told');
  }
  assert.deepEqual(read('a,b\n"1\n2\n3","4\n5"\n', 1000), {
    rows: [
      [1, ['a', 'b']],
      [2, ['1\n2\n3', '4\n5']],
    ],
    broken: [],
  });
});

test('one line of megabytes without an end is not read into memory', () => {
  const chunk = Buffer.alloc(100_000, 'x');
  function* endless(): Generator<Buffer> {
    for (;;) yield chunk;
  }
  assert.throws(() => [...readRecords(endless(), dialect, () => undefined)], { name: 'TooLong', line: 1 });
});

test('what is written by the rules is read back, however it is cut', () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', ' ', '界'), maxLength: 6 });
  const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 40 }), (records, size) => {
      const text = records.map((record) => `${record.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')}\n`);
      const { rows, broken } = read(text.join(''), size);
      assert.deepEqual(broken, []);
      assert.deepEqual(
        rows.map(([, record]) => record),
        records,
      );
      let line = 1;
      for (const [index, [found]] of rows.entries()) {
        assert.equal(found, line);
        line += (text[index] ?? '').split('\n').length - 1;
      }
    }),
    { numRuns: 300 },
  );
});
