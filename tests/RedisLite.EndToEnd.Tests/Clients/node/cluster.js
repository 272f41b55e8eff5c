// A cluster client, as it comes, at work until SIGTERM; argv: host port client (ioredis | node-redis) mode (exact | lossy).
//
// Workers count in keys of their own. In mode "exact" what a counter says never goes back; in mode "lossy" a primary may
// fail, and what no replica had is lost. Errors that the protocol foresees are counted, any other ends the process with
// exit code 1. SIGHUP asks for "mark N: ..." as soon as every worker has done all its operations once more.

import process from 'node:process';
import Redis from 'ioredis';
import { createCluster } from 'redis';
import { host, port } from './scenario.js';

const WORKERS = 8;
const PAUSE_MS = 5;
const SCRIPT = "return redis.call('INCR', KEYS[1])";

/** What servers answer while slots move and roles change, and what the clients say when they have no connection. */
const FORESEEN = [
  /^CLUSTERDOWN /, /^TRYAGAIN /, /^LOADING /, /^MOVED /, /^ASK /, /^EXECABORT /, /^UNBLOCKED /,
  /Connection is closed/, /Socket closed unexpectedly/, /Failed to refresh slots cache/, /Too many Cluster redirections/,
  /None of startup nodes is available/, /Reached the max retries per request limit/, /The client is closed/, /Command timed out/,
  /ECONNREFUSED|ECONNRESET|EPIPE/, /Disconnects client/, /Cluster isn't ready/,
];

const [name, mode] = [process.argv[4], process.argv[5]];
const client = name === 'ioredis' ? await startIoredis() : await startNodeRedis();
const rounds = new Array(WORKERS).fill(0);
const errors = new Map();
let marks = 0;
let stopping = false;

const workers = rounds.map((_, id) => work(id));
process.on('SIGHUP', mark);
process.on('SIGTERM', end);
console.log('ready');

async function work(id) {
  const key = `{${name}:${id}}`;
  let last = 0;
  while (!stopping) {
    try {
      last = await round(key, last);
      rounds[id] += 1;
    } catch (error) {
      note(error);
    }

    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** A counter, a transaction, a script, and two keys of one slot; all kinds of requests that are redirected. */
async function round(key, last) {
  const counter = `${key}count`;
  const count = await client.incr(counter);
  expect(count > last, `${counter}: INCR replied ${count} after ${last}`);
  const [inside, read] = await client.transaction(counter);
  expect(inside > count && String(inside) === read, `${counter}: a transaction counted ${inside} and read ${read} after ${count}`);
  const script = await client.script(counter);
  expect(script > inside, `${counter}: a script counted ${script} after ${inside}`);
  await client.mset({ [`${key}a`]: String(script), [`${key}b`]: String(script) });
  const [a, b] = await client.mget([`${key}a`, `${key}b`]);
  expect(a === b, `${key}: MSET wrote ${a} and ${b}`);
  return script;
}

function expect(holds, text) {
  if (!holds && mode === 'exact') fail(text);
}

function note(error) {
  const texts = [error.message, error.lastNodeError?.message, ...(error.previousErrors ?? []).map((e) => e.message)];
  const text = texts.filter(Boolean).join(' / ');
  errors.set(text, (errors.get(text) ?? 0) + 1);
  if (!FORESEEN.some((pattern) => texts.some((part) => part && pattern.test(part)))) fail(error.stack);
}

async function mark() {
  const number = (marks += 1);
  const before = [...rounds];
  while (rounds.some((count, id) => count === before[id])) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  console.log(`mark ${number}: every worker has gone on`);
}

async function end() {
  stopping = true;
  await Promise.all(workers);
  await client.quit();
  const told = [...errors].map(([text, count]) => `${count} x ${text.split('\n')[0]}`).join('; ');
  console.log(`${rounds.reduce((sum, count) => sum + count, 0)} rounds; ${told}`);
  process.exit(0);
}

function fail(text) {
  console.log(`not ok: ${text}`);
  process.exit(1);
}

async function startIoredis() {
  const cluster = new Redis.Cluster([{ host, port }]).on('error', () => {});
  await new Promise((resolve) => cluster.once('ready', resolve));
  return {
    incr: (key) => cluster.incr(key),
    mset: (pairs) => cluster.mset(pairs),
    mget: (keys) => cluster.mget(keys),
    script: (key) => cluster.eval(SCRIPT, 1, key),
    transaction: async (key) => {
      const replies = await cluster.multi().incr(key).get(key).exec();
      for (const [error] of replies) if (error) throw error;
      return replies.map(([, reply]) => reply);
    },
    quit: () => cluster.quit().catch(() => cluster.disconnect()),
  };
}

async function startNodeRedis() {
  const cluster = createCluster({ rootNodes: [{ socket: { host, port } }] }).on('error', () => {});
  await cluster.connect();
  return {
    incr: (key) => cluster.incr(key),
    mset: (pairs) => cluster.mSet(pairs),
    mget: (keys) => cluster.mGet(keys),
    script: (key) => cluster.eval(SCRIPT, { keys: [key] }),
    transaction: (key) => cluster.multi().incr(key).get(key).exec(),
    quit: () => cluster.close().catch(() => cluster.destroy()),
  };
}
