// Libraries whose atomic parts are Lua scripts, as they come, against the server at argv: host port.

import assert from 'node:assert/strict';
import Redis from 'ioredis';
import limiters from 'rate-limiter-flexible';
import Redlock from 'redlock';
import { host, port, run } from './scenario.js';

const redis = new Redis({ host, port });

await redis.flushall();

await run('scripts', {
  async 'redlock locks, extends and releases'() {
    const redlock = new (Redlock.default ?? Redlock)([redis], { retryCount: 1, retryDelay: 10 });
    const lock = await redlock.acquire(['a', 'b'], 60000);
    await assert.rejects(redlock.acquire(['b'], 60000));
    const extended = await lock.extend(60000);
    await extended.release();
    await (await redlock.acquire(['b'], 60000)).release();
    assert.equal(await redis.exists('a', 'b'), 0);
  },

  async 'rate-limiter-flexible lets through what it may'() {
    const limiter = new limiters.RateLimiterRedis({ storeClient: redis, points: 5, duration: 600 });
    let passed = 0;
    for (let i = 0; i < 8; i++)
      await limiter.consume('user').then(() => passed++, () => {});
    assert.equal(passed, 5);
    assert.equal((await limiter.get('user')).consumedPoints, 8);
  },

  async 'ioredis defines commands'() {
    redis.defineCommand('both', {
      numberOfKeys: 2,
      lua: "return {redis.call('incr', KEYS[1]), redis.call('incr', KEYS[2]), ARGV[1]}",
    });
    assert.deepEqual(await redis.both('x', 'y', 'z'), [1, 1, 'z']);
    const replies = await redis.pipeline().both('x', 'y', 1).both('x', 'y', 2).exec();
    assert.deepEqual(replies, [[null, [2, 2, '1']], [null, [3, 3, '2']]]);
  },
});

redis.disconnect();
