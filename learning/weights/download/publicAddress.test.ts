import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { isPublicAddress, publicLookup } from './publicAddress.js';

test('addresses of the open internet are public, all others are not', () => {
  for (const address of ['1.1.1.1', '93.184.216.34', '2606:4700::1111']) assert.ok(isPublicAddress(address), address);
  for (const address of [
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
    ...['255.255.255.255', '240.0.0.1', '::', '::1', 'fe80::1', 'fd00:ec2::254', '::ffff:127.0.0.1', 'ff02::1'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', 'no address'],
  ]) {
    assert.equal(isPublicAddress(address), false, address);
  }
});

test('a name that leads to this machine is refused by the lookup the connection is made with', async () => {
  await assert.rejects(promisify(publicLookup)('localhost', {}), { code: 'GW_WEIGHTS_REFUSED' });
});
