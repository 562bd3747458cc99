import assert from 'node:assert/strict';
import { test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { isAllowedAddress, isPrivateAddress } from '../../../src/security/outbound/address-guard.ts';
import fc from '../../support/fast-check.ts';

/** First and last address of every special range, and their neighbours outside. */
const EDGES: readonly (readonly [
  before: string | undefined,
  first: string,
  last: string,
  after: string | undefined,
])[] = [
  [undefined, '0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
  ['100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
  ['126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
  ['169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
  ['172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
  ['191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
  ['192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
  ['192.31.195.255', '192.31.196.0', '192.31.196.255', '192.31.197.0'],
  ['192.52.192.255', '192.52.193.0', '192.52.193.255', '192.52.194.0'],
  ['192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
  ['192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
  ['192.175.47.255', '192.175.48.0', '192.175.48.255', '192.175.49.0'],
  ['198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
  ['198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
  ['203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
  ['223.255.255.255', '224.0.0.0', '255.255.255.255', undefined],
  [undefined, '::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::'],
  ['2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
  ['2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::'],
  ['2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
  [
    '2620:4f:7fff:ffff:ffff:ffff:ffff:ffff',
    '2620:4f:8000::',
    '2620:4f:8000:ffff:ffff:ffff:ffff:ffff',
    '2620:4f:8001::',
  ],
  ['3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::'],
  ['3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
];

test('every special range is refused to its edges, and its neighbours are allowed', () => {
  for (const [before, first, last, after] of EDGES) {
    for (const inside of [first, last]) assert.equal(isAllowedAddress(inside), false, inside);
    for (const outside of [before, after])
      if (outside !== undefined) assert.equal(isAllowedAddress(outside), true, outside);
  }
});

test('public addresses are allowed', () => {
  for (const ip of [
    '1.1.1.1',
    '8.8.8.8',
    '93.184.215.14',
    '2606:4700::1111',
    '2a00:1450:4001:831::200e',
    '2001:4860:4860::8888',
  ]) {
    assert.equal(isAllowedAddress(ip), true, ip);
  }
});

test('an IPv4 address inside an IPv6 one is refused in each of its forms, public or not', () => {
  for (const ip of [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::8.8.8.8',
    '::ffff:0:8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '2001:0:4136:e378::1',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '100::1',
    'fec0::1',
  ]) {
    assert.equal(isAllowedAddress(ip), false, ip);
  }
});

test('what is no address in its usual form is refused', () => {
  for (const ip of [
    '',
    'localhost',
    '2130706433',
    '0x7f.1',
    '127.1',
    '010.0.0.1',
    '1.1.1.1 ',
    '[2606:4700::1111]',
    '2606:4700::1111%eth0',
    'fe80::1%lo',
    '1.1.1.1/8',
    '1.1.1.256',
  ]) {
    assert.equal(isAllowedAddress(ip), false, ip);
    assert.equal(isPrivateAddress(ip), false, ip);
  }
});

test('no address that another library calls special is allowed', () => {
  const ip = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(ip, (address) => {
      const range = ipaddr.parse(address).range();
      if (isAllowedAddress(address)) assert.ok(['unicast', 'as112'].includes(range), `${address} ${range}`);
      if (isPrivateAddress(address))
        assert.ok(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal'].includes(range), `${address} ${range}`);
    }),
    { numRuns: 5000 },
  );
});

test('private addresses are those of an own network: never link-local, metadata, multicast or unspecified', () => {
  for (const ip of ['10.1.2.3', '127.0.0.1', '192.168.0.1', '172.31.0.1', '100.64.0.1', '::1', 'fd00::1']) {
    assert.equal(isPrivateAddress(ip), true, ip);
  }
  for (const ip of [
    '169.254.169.254',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '255.255.255.255',
    'fe80::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '8.8.8.8',
  ]) {
    assert.equal(isPrivateAddress(ip), false, ip);
  }
});
