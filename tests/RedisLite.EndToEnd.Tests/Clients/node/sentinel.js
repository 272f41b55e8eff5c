// ioredis through redis-sentinel at argv: host port service; the service has a primary and a replica.

import assert from 'node:assert/strict';
import process from 'node:process';
import Redis from 'ioredis';
import { host, port, run } from './scenario.js';

const name = process.argv[4];
const sentinel = new Redis({ host, port });
const options = { sentinels: [{ host, port }], name, failoverDetector: true, maxRetriesPerRequest: null };
const redis = new Redis(options).on('error', () => {});
const replica = new Redis({ ...options, role: 'slave', readOnly: true, failoverDetector: false }).on('error', () => {});

/** Where Sentinel says that the primary is. */
const primary = async () => (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name))[1];

await run('sentinel', {
  async 'finds the primary and a replica'() {
    assert.equal((await redis.role())[0], 'master');
    assert.equal((await replica.role())[0], 'slave');
    assert.equal(await redis.set('before', '1'), 'OK');
    assert.equal(await redis.wait(1, 30_000), 1);
    assert.equal(await replica.get('before'), '1');
    await assert.rejects(replica.set('before', '2'), /READONLY/);
  },

  async 'goes on with the new primary'() {
    const old = await primary();
    await startFailover();
    while ((await primary()) === old);
    while (Number(await primary()) !== redis.stream?.remotePort || redis.status !== 'ready');
    while (!(await redis.set('after', '2').then(() => true, () => false)));
    assert.equal((await redis.role())[0], 'master');
    assert.deepEqual(await redis.mget('before', 'after'), ['1', '2']);
  },
});

redis.disconnect();
replica.disconnect();
sentinel.disconnect();

/** Sentinel knows no replica to promote until it has heard from it. */
async function startFailover() {
  for (;;) {
    try {
      return await sentinel.call('SENTINEL', 'FAILOVER', name);
    } catch (error) {
      assert.match(error.message, /NOGOODSLAVE/);
    }
  }
}
