import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressKey, createAddressReader, normaliseAddress, UNKNOWN_ADDRESS } from '../../src/limits/address.ts';

describe("a caller's address", () => {
  it('is the connection itself where no proxy is trusted, whatever the caller writes', () => {
    const read = createAddressReader([]);
    assert.equal(read('203.0.113.5', '198.51.100.1'), '203.0.113.5');
    assert.equal(read('::ffff:203.0.113.5', undefined), '203.0.113.5');
    assert.equal(read('2001:DB8:0:0::1', undefined), '2001:db8::1');
    assert.equal(read('fe80::1%eth0', undefined), 'fe80::1');
    assert.equal(read(undefined, '198.51.100.1'), UNKNOWN_ADDRESS);
  });

  for (const [forwarded, expected] of [
    ['198.51.100.1', '198.51.100.1'],
    ['192.0.2.66, 198.51.100.1', '198.51.100.1'],
    ['192.0.2.66, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['10.9.9.9, 10.1.2.3', '10.9.9.9'],
    ['198.51.100.1:4711', '198.51.100.1'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
    ['', '10.0.0.1'],
    ['unknown', '10.0.0.1'],
    ['198.51.100.1, unknown', '10.0.0.1'],
    ['198.51.100.1, , 10.1.2.3', '10.1.2.3'],
    ['127.1', '10.0.0.1'],
    ['0x7f.0.0.1', '10.0.0.1'],
    ["1.2.3.4'; --", '10.0.0.1'],
  ] as const) {
    it(`behind a trusted proxy is the last that no trusted proxy has: "${forwarded}" gives ${expected}`, () => {
      assert.equal(createAddressReader(['10.0.0.0/8', '::1'])('10.0.0.1', forwarded), expected);
    });
  }

  it('believes no header of a connection that is not a trusted proxy', () => {
    const read = createAddressReader(['10.0.0.0/8']);
    assert.equal(read('203.0.113.5', '10.0.0.1'), '203.0.113.5');
    assert.equal(read('::ffff:10.0.0.1', '198.51.100.1'), '198.51.100.1', 'IPv4 in IPv6 is the same proxy');
  });

  it('comes through IPv6 proxies and several headers as well', () => {
    const read = createAddressReader(['2001:db8:aaaa::/48']);
    assert.equal(read('2001:db8:aaaa::5', ['192.0.2.66', '198.51.100.1,2001:db8:aaaa::9']), '198.51.100.1');
  });

  it('is found quickly in a header of any length', () => {
    const read = createAddressReader(['10.0.0.0/8']);
    const started = performance.now();
    assert.equal(read('10.0.0.1', `198.51.100.1,${'10.0.0.1,'.repeat(100_000)}10.0.0.1`), '10.0.0.1');
    assert.ok(performance.now() - started < 500);
  });

  it('is not read with proxies that are none', () => {
    for (const text of ['', 'x', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8x', '::/129']) {
      assert.throws(() => createAddressReader([text]), { name: 'TypeError' }, text);
    }
  });

  it('is counted by itself, in IPv6 by its /64', () => {
    assert.equal(addressKey('198.51.100.1'), '198.51.100.1');
    assert.equal(addressKey('::ffff:198.51.100.1'), '198.51.100.1');
    assert.equal(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    assert.notEqual(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'));
    assert.equal(addressKey('rubbish'), UNKNOWN_ADDRESS);
    assert.equal(normaliseAddress('rubbish'), undefined);
  });
});
