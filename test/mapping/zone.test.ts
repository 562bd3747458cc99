import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localSeconds, secondsText } from '../../src/mapping/calendar.ts';
import { createZone } from '../../src/mapping/zone.ts';

const seconds = (text: string): number => localSeconds(text) ?? Number.NaN;

test('local times become UTC as the zone has it on that day', () => {
  const nairobi = createZone('Africa/Nairobi');
  assert.equal(secondsText(nairobi.toUtc(seconds('1990-07-12 00:00:00'))), '1990-07-11 21:00:00');
  assert.equal(secondsText(nairobi.toUtc(seconds('2022-05-05 00:00:00'))), '2022-05-04 21:00:00');
  assert.equal(nairobi.dayAt(seconds('2022-05-04 22:00:00')), '2022-05-05');
});

test('a time told twice is the first, a time left out is the moment of the jump', () => {
  const berlin = createZone('Europe/Berlin');
  assert.equal(secondsText(berlin.toUtc(seconds('2021-10-31 02:30:00'))), '2021-10-31 00:30:00');
  assert.equal(secondsText(berlin.toUtc(seconds('2021-03-28 02:30:00'))), '2021-03-28 01:00:00');
});

test('both directions rise steadily, over the jumps of a year', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
    const zone = createZone(name);
    let before = Number.NEGATIVE_INFINITY;
    for (let local = seconds('2021-02-01 00:00:00'); local < seconds('2021-12-01 00:00:00'); local += 877) {
      const utc = zone.toUtc(local);
      assert.ok(utc >= before, `${name} ${secondsText(local)}`);
      before = utc;
      const earliest = zone.earliestLocal(utc);
      assert.ok(zone.toUtc(earliest) >= utc && zone.toUtc(earliest - 1) < utc, `${name} ${secondsText(utc)}`);
    }
  }
});

test('years before 1970 have the offsets of their days', () => {
  const format = (name: string) => new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' }); // biome-ignore format: one look
  for (const name of ['Africa/Nairobi', 'Europe/Amsterdam', 'America/New_York', 'Africa/Monrovia', 'Asia/Manila']) {
    const [zone, written] = [createZone(name), format(name)];
    for (let utc = seconds('1880-01-01 00:00:00'); utc < seconds('1972-01-01 00:00:00'); utc += 399_989)
      assert.equal(zone.dayAt(utc), written.format(utc * 1_000).slice(0, 10), `${name} ${secondsText(utc)}`);
  }
  assert.equal(createZone('Africa/Nairobi').dayAt(seconds('0001-01-02 00:00:00')), '0001-01-02');
});

test('an unknown zone is refused', () => {
  assert.throws(() => createZone('Africa/Nairobbi'), RangeError);
});
