// node-redis, as it comes, against the server at argv: host port [protocol, 2 or 3].

import assert from 'node:assert/strict';
import process from 'node:process';
import { createClient, RESP_TYPES, WatchError } from 'redis';
import { host, next, port, run } from './scenario.js';

const RESP = Number(process.argv[4] ?? 3);
const create = () => createClient({ RESP, socket: { host, port } }).on('error', () => {});
const redis = create();
const second = create();

/** The messages of one stream in a reply; of RESP3 this client hands out the map as it came. */
const messages = (reply) =>
  RESP === 3
    ? reply.log.map(([id, [field, value]]) => ({ id, [field]: value }))
    : reply[0].messages.map(({ id, message }) => ({ id, ...message }));

await run(`node-redis RESP${RESP}`, {
  async 'connects and is ready'() {
    await Promise.all([redis.connect(), second.connect()]);
    assert.equal(await redis.ping(), 'PONG');
    assert.equal(await redis.clientSetName('first'), 'OK');
    assert.equal(await redis.clientGetName(), 'first');
  },

  async 'sets, gets and deletes'() {
    assert.equal(await redis.set('user:1', 'alice'), 'OK');
    assert.equal(await redis.get('user:1'), 'alice');
    assert.equal(await redis.get('nobody'), null);
    assert.equal(await redis.exists(['user:1', 'nobody']), 1);
    assert.equal(await redis.set('user:1', 'bob', { condition: 'NX' }), null);
    assert.equal(await redis.set('user:1', 'bob', { GET: true }), 'alice');
    assert.equal(await redis.del('user:1'), 1);
    assert.equal(await redis.mSet({ a: '1', b: '2' }), 'OK');
    assert.deepEqual(await redis.mGet(['a', 'none', 'b']), ['1', null, '2']);
    assert.equal(await redis.incrBy('a', 41), 42);
    assert.equal(await redis.incrByFloat('a', 0.5), '42.5');
    assert.equal(await redis.setBit('bits', 7, 1), 0);
    assert.equal(await redis.bitCount('bits'), 1);
  },

  async 'expires'() {
    await redis.set('session', 'x', { expiration: { type: 'EX', value: 1000 } });
    const ttl = await redis.ttl('session');
    assert.ok(ttl > 900 && ttl <= 1000, `${ttl}`);
    assert.equal(await redis.expire('session', 2000, 'GT'), 1);
    assert.equal(await redis.persist('session'), 1);
    assert.equal(await redis.ttl('session'), -1);
    assert.equal(await redis.pExpire('session', 1), 1);
    while (await redis.exists('session'));
  },

  async 'keeps bytes as they are'() {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const large = Buffer.alloc(1_000_000, bytes);
    const binary = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    await redis.set(bytes, large);
    assert.ok(large.equals(await binary.get(bytes)));
    assert.equal(await redis.strLen(bytes), 1_000_000);
    await redis.set('umlaut', 'grüße 你好');
    assert.equal(await redis.get('umlaut'), 'grüße 你好');
  },

  async 'pipelines what is asked in the same tick'() {
    const sets = Array.from({ length: 1000 }, (_, i) => redis.set(`p:${i}`, `${i}`));
    const gets = Array.from({ length: 1000 }, (_, i) => redis.get(`p:${i}`));
    await Promise.all(sets);
    assert.deepEqual(await Promise.all(gets), Array.from({ length: 1000 }, (_, i) => `${i}`));
  },

  async 'runs transactions'() {
    assert.deepEqual(await redis.multi().set('t', '1').incr('t').get('t').exec(), ['OK', 2, '2']);
    await redis.watch('t');
    await second.set('t', 'changed');
    await assert.rejects(redis.multi().set('t', 'mine').exec(), WatchError);
    assert.equal(await redis.get('t'), 'changed');
  },

  async 'publishes and subscribes'() {
    const subscriber = redis.duplicate();
    await subscriber.connect();
    const messages = [];
    const both = new Promise((resolve) => {
      const listener = (message, channel) => messages.push(`${channel}=${message}`) === 3 && resolve();
      subscriber.subscribe(['news', 'sport'], listener);
      subscriber.pSubscribe('n*', listener);
    });
    while ((await redis.pubSubNumPat()) === 0);
    assert.equal(await redis.publish('news', 'hello'), 2);
    assert.equal(await redis.publish('sport', 'goal'), 1);
    await both;
    assert.deepEqual(messages.sort(), ['news=hello', 'news=hello', 'sport=goal']);
    await subscriber.unsubscribe(['news', 'sport']);
    await subscriber.pUnsubscribe('n*');
    // In RESP2 this client goes on mapping replies to buffers after a subscription.
    assert.equal(String(await subscriber.get('a')), '42.5');
    await subscriber.close();
  },

  async 'scans'() {
    const found = new Set();
    for await (const keys of redis.scanIterator({ MATCH: 'p:*', COUNT: 100 })) keys.forEach((key) => found.add(key));
    assert.equal(found.size, 1000);
  },

  async 'reads streams in groups'() {
    const reader = redis.duplicate();
    await reader.connect();
    assert.equal(await redis.xGroupCreate('log', 'workers', '$', { MKSTREAM: true }), 'OK');
    await assert.rejects(redis.xGroupCreate('log', 'workers', '$'), /BUSYGROUP/);
    const waiting = reader.xReadGroup('workers', 'alice', { key: 'log', id: '>' }, { BLOCK: 0 });
    while (!/blocked_clients:1/.test(await redis.info('clients')));
    assert.equal(await redis.xAdd('log', '1-1', { n: '1' }), '1-1');
    assert.deepEqual(messages(await waiting), [{ id: '1-1', n: '1' }]);
    await redis.xAdd('log', '1-2', { n: '2' }, { TRIM: { strategy: 'MAXLEN', threshold: 10 } });
    const rest = await redis.xReadGroup('workers', 'bob', [{ key: 'log', id: '>' }], { COUNT: 10 });
    assert.deepEqual(messages(rest), [{ id: '1-2', n: '2' }]);

    const pending = await redis.xPending('log', 'workers');
    assert.deepEqual([pending.pending, pending.firstId, pending.lastId], [2, '1-1', '1-2']);
    assert.deepEqual(pending.consumers.map(({ name }) => name), ['alice', 'bob']);
    const claimed = await redis.xAutoClaim('log', 'workers', 'bob', 0, '0');
    assert.deepEqual(claimed.messages.map(({ id }) => id), ['1-1', '1-2']);
    assert.equal(await redis.xAck('log', 'workers', ['1-1', '1-2']), 2);
    assert.equal((await redis.xInfoGroups('log'))[0].pending, 0);
    assert.equal((await redis.xInfoStream('log')).length, 2);
    assert.equal((await redis.xInfoConsumers('log', 'workers')).length, 2);
    assert.equal(await redis.xDel('log', '1-1'), 1);
    assert.deepEqual((await redis.xRange('log', '-', '+')).map(({ id, message }) => [id, message.n]), [['1-2', '2']]);
    await reader.close();
  },

  async 'gets errors as errors'() {
    await assert.rejects(redis.sendCommand(['NOSUCH', 'x']), /unknown command/);
    await assert.rejects(redis.sendCommand(['GET']), /wrong number of arguments for 'get' command/);
    await assert.rejects(redis.incr('umlaut'), /not an integer or out of range/);
  },

  async 'reads configuration and information'() {
    assert.deepEqual({ ...(await redis.configGet('databases')) }, { databases: '16' });
    assert.match(await redis.info('server'), /redis_version:\d+\.\d+/);
  },

  async 'reconnects after its connection was killed'() {
    const id = await redis.clientId();
    const ready = next(redis, 'ready');
    assert.equal(await second.clientKill({ filter: 'ID', id }), 1);
    await ready;
    assert.notEqual(await redis.clientId(), id);
    assert.equal(await redis.get('a'), '42.5');
  },

  async 'says good-bye'() {
    assert.equal(await second.flushAll(), 'OK');
    assert.equal(await redis.dbSize(), 0);
    await Promise.all([redis.close(), second.close()]);
  },
});
