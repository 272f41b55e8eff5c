// ioredis, as it comes, against the server at argv: host port [certificate of the authority, for TLS].

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import Redis from 'ioredis';
import { host, next, port, run } from './scenario.js';

const tls = process.argv[4] && { ca: readFileSync(process.argv[4]), servername: 'localhost' };
const redis = new Redis({ host, port, tls });
const second = new Redis({ host, port, tls, db: 1, connectionName: 'second' });

await run('ioredis', {
  async 'connects and is ready'() {
    await Promise.all([redis, second].map((client) => (client.status === 'ready' ? null : next(client, 'ready'))));
    assert.equal(await redis.ping(), 'PONG');
    assert.equal(await second.client('GETNAME'), 'second');
  },

  async 'sets, gets and deletes'() {
    assert.equal(await redis.set('user:1', 'alice'), 'OK');
    assert.equal(await redis.get('user:1'), 'alice');
    assert.equal(await redis.get('nobody'), null);
    assert.equal(await redis.exists('user:1', 'nobody'), 1);
    assert.equal(await redis.set('user:1', 'bob', 'NX'), null);
    assert.equal(await redis.set('user:1', 'bob', 'GET'), 'alice');
    assert.equal(await redis.del('user:1'), 1);
    assert.deepEqual(await redis.mset({ a: '1', b: '2' }), 'OK');
    assert.deepEqual(await redis.mget('a', 'none', 'b'), ['1', null, '2']);
    assert.equal(await redis.incrby('a', 41), 42);
    assert.equal(await redis.incrbyfloat('a', 0.5), '42.5');
  },

  async 'expires'() {
    await redis.set('session', 'x', 'EX', 1000);
    const ttl = await redis.ttl('session');
    assert.ok(ttl > 900 && ttl <= 1000, `${ttl}`);
    assert.equal(await redis.expire('session', 2000, 'GT'), 1);
    assert.equal(await redis.persist('session'), 1);
    assert.equal(await redis.ttl('session'), -1);
    assert.equal(await redis.pexpire('session', 1), 1);
    while (await redis.exists('session'));
  },

  async 'keeps bytes as they are'() {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const large = Buffer.alloc(1_000_000, bytes);
    await redis.set(bytes, large);
    assert.ok(large.equals(await redis.getBuffer(bytes)));
    assert.equal(await redis.strlen(bytes), 1_000_000);
    await redis.set('umlaut', 'grüße 你好');
    assert.equal(await redis.get('umlaut'), 'grüße 你好');
  },

  async 'pipelines'() {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.set(`p:${i}`, i).get(`p:${i}`);
    const replies = await pipeline.exec();
    assert.equal(replies.length, 2000);
    assert.deepEqual(replies[1999], [null, '999']);
  },

  async 'gets each reply of many commands at once'() {
    const values = await Promise.all(Array.from({ length: 1000 }, (_, i) => redis.get(`p:${i}`)));
    assert.deepEqual(values, Array.from({ length: 1000 }, (_, i) => `${i}`));
  },

  async 'runs transactions'() {
    assert.deepEqual(await redis.multi().set('t', '1').incr('t').get('t').exec(), [[null, 'OK'], [null, 2], [null, '2']]);
    const mixed = await redis.multi().set('t', 'text').incr('t').exec();
    assert.match(mixed[1][0].message, /not an integer/);
    await redis.watch('t');
    await second.select(0);
    await second.set('t', 'changed');
    assert.equal(await redis.multi().set('t', 'mine').exec(), null);
    assert.equal(await redis.get('t'), 'changed');
  },

  async 'publishes and subscribes'() {
    const subscriber = redis.duplicate();
    assert.equal(await subscriber.subscribe('news', 'sport'), 2);
    assert.equal(await subscriber.psubscribe('n*'), 3);
    const message = next(subscriber, 'message');
    const patternMessage = next(subscriber, 'pmessage');
    assert.equal(await redis.publish('news', 'hello'), 2);
    assert.deepEqual(await message, ['news', 'hello']);
    assert.deepEqual(await patternMessage, ['n*', 'news', 'hello']);
    await subscriber.unsubscribe('news', 'sport');
    await subscriber.punsubscribe('n*');
    assert.equal(await subscriber.get('a'), '42.5');
    assert.equal(await subscriber.quit(), 'OK');
  },

  async 'scans'() {
    const found = new Set();
    for await (const keys of redis.scanStream({ match: 'p:*', count: 100 })) keys.forEach((key) => found.add(key));
    assert.equal(found.size, 1000);
  },

  async 'reads streams, alone and in groups'() {
    assert.equal(await redis.xadd('log', '1-1', 'n', '1'), '1-1');
    assert.equal(await redis.xadd('log', '1-*', 'n', '2', 'm', 'x'), '1-2');
    assert.deepEqual(await redis.xrange('log', '-', '+', 'COUNT', 1), [['1-1', ['n', '1']]]);
    const reader = redis.duplicate();
    const read = reader.xread('BLOCK', 0, 'STREAMS', 'log', '$');
    while (!/blocked_clients:1/.test(await redis.info('clients')));
    await redis.xadd('log', '2-1', 'n', '3');
    assert.deepEqual(await read, [['log', [['2-1', ['n', '3']]]]]);

    assert.equal(await redis.xgroup('CREATE', 'log', 'workers', '0'), 'OK');
    await assert.rejects(redis.xgroup('CREATE', 'log', 'workers', '0'), /BUSYGROUP/);
    const taken = await redis.xreadgroup('GROUP', 'workers', 'alice', 'COUNT', 2, 'STREAMS', 'log', '>');
    assert.deepEqual(taken[0][1].map(([id]) => id), ['1-1', '1-2']);
    assert.equal(await redis.xack('log', 'workers', '1-1'), 1);
    assert.deepEqual((await redis.xpending('log', 'workers')).slice(0, 3), [1, '1-2', '1-2']);
    const [, claimed] = await redis.xautoclaim('log', 'workers', 'bob', 0, '0');
    assert.deepEqual(claimed, [['1-2', ['n', '2', 'm', 'x']]]);
    const rest = await redis.xreadgroup('GROUP', 'workers', 'bob', 'STREAMS', 'log', '>');
    assert.deepEqual(rest, [['log', [['2-1', ['n', '3']]]]]);

    const waiting = reader.xreadgroup('GROUP', 'workers', 'carol', 'BLOCK', 0, 'STREAMS', 'log', '>');
    while (!/blocked_clients:1/.test(await redis.info('clients')));
    await redis.xadd('log', 'MAXLEN', 2, '3-1', 'n', '4');
    assert.deepEqual(await waiting, [['log', [['3-1', ['n', '4']]]]]);
    assert.equal(await redis.xlen('log'), 2);
    const information = await redis.xinfo('GROUPS', 'log');
    assert.equal(information[0][information[0].indexOf('pending') + 1], 3);
    reader.disconnect();
  },

  async 'gets errors as errors'() {
    await assert.rejects(redis.call('NOSUCH', 'x'), /unknown command/);
    await assert.rejects(redis.call('GET'), /wrong number of arguments for 'get' command/);
    await assert.rejects(redis.incr('umlaut'), /not an integer or out of range/);
  },

  async 'reconnects after its connection was killed'() {
    const id = await redis.client('ID');
    const ready = next(redis, 'ready');
    assert.equal(await second.client('KILL', 'ID', id), 1);
    await ready;
    assert.notEqual(await redis.client('ID'), id);
    assert.equal(await redis.get('a'), '42.5');
  },

  async 'says good-bye'() {
    assert.equal(await second.flushall(), 'OK');
    assert.equal(await redis.dbsize(), 0);
    assert.equal(await redis.quit(), 'OK');
    assert.equal(await second.quit(), 'OK');
  },
});
