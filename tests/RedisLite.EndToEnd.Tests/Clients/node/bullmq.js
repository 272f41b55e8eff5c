// bullmq, as it comes, against the server at argv: host port.

import assert from 'node:assert/strict';
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import Redis from 'ioredis';
import { host, next, port, run } from './scenario.js';

const connection = { host, port };
const redis = new Redis(connection);
await redis.flushall();
redis.disconnect();

/** A queue with its events, and workers as the step asks for them; closes them all when the step is done. */
async function withQueue(name, step) {
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  const workers = [];
  const work = (processor, options) => {
    const worker = new Worker(name, processor, { connection, ...options }).on('error', () => {});
    workers.push(worker);
    return worker;
  };
  try {
    await events.waitUntilReady();
    await step({ queue, events, work });
    await queue.obliterate({ force: true });
  } finally {
    await Promise.all(workers.map((worker) => worker.close(true)));
    await events.close();
    await queue.close();
  }
}

/** Resolves when the worker has said so for that many jobs. */
function times(worker, event, count) {
  return new Promise((resolve) => {
    const jobs = [];
    worker.on(event, (job) => jobs.push(job) === count && resolve(jobs));
  });
}

await run('bullmq', {
  async 'works through a queue'() {
    await withQueue('mail', async ({ queue, events, work }) => {
      const progress = next(events, 'progress');
      work(async (job) => {
        if (job.data.n === 1) await job.updateProgress(50);
        return job.data.n * 2;
      }, { concurrency: 5 });
      const jobs = await queue.addBulk(Array.from({ length: 50 }, (_, n) => ({ name: 'send', data: { n } })));
      const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
      assert.deepEqual(results, Array.from({ length: 50 }, (_, n) => n * 2));
      assert.equal((await progress)[0].data, 50);
      const { completed, failed, waiting, active } = await queue.getJobCounts();
      assert.deepEqual({ completed, failed, waiting, active }, { completed: 50, failed: 0, waiting: 0, active: 0 });
      assert.equal((await queue.clean(0, 100, 'completed')).length, 50);
    });
  },

  async 'takes jobs by priority, first in first out, and once for each id'() {
    await withQueue('prioritised', async ({ queue, work }) => {
      await queue.pause();
      for (const priority of [3, 1, 2, 1]) await queue.add('p', { priority }, { priority });
      await queue.add('first', { priority: 0 }, { jobId: 'one' });
      await queue.add('again', { priority: 0 }, { jobId: 'one' });
      await queue.add('last', { priority: 0 }, { lifo: true });
      const order = [];
      const done = times(work(async (job) => order.push(`${job.name}${job.data.priority}`)), 'completed', 6);
      await queue.resume();
      await done;
      assert.deepEqual(order, ['last0', 'first0', 'p1', 'p1', 'p2', 'p3']);
    });
  },

  async 'runs delayed jobs when they are due'() {
    await withQueue('later', async ({ queue, events, work }) => {
      const never = await queue.add('never', {}, { delay: 3_600_000 });
      const second = await queue.add('second', {}, { delay: 400 });
      const first = await queue.add('first', {}, { delay: 100 });
      const order = [];
      work(async (job) => order.push(job.name));
      await Promise.all([second, first].map((job) => job.waitUntilFinished(events)));
      assert.deepEqual(order, ['first', 'second']);
      assert.equal(await never.getState(), 'delayed');
      await never.promote();
      await never.waitUntilFinished(events);
    });
  },

  async 'tries again what failed, and keeps what fails for good'() {
    await withQueue('flaky', async ({ queue, events, work }) => {
      work(async (job) => {
        if (job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade}`);
        return 'done';
      });
      const job = await queue.add('j', {}, { attempts: 3, backoff: { type: 'exponential', delay: 20 } });
      assert.equal(await job.waitUntilFinished(events), 'done');
      const hopeless = await queue.add('h', {});
      await assert.rejects(hopeless.waitUntilFinished(events), /attempt 0/);
      assert.equal(await hopeless.getState(), 'failed');
      assert.equal((await queue.getFailed())[0].failedReason, 'attempt 0');
      await hopeless.remove();
      assert.equal(await queue.getFailedCount(), 0);
    });
  },

  async 'repeats'() {
    await withQueue('ticks', async ({ queue, work }) => {
      await queue.upsertJobScheduler('tick', { every: 100, limit: 3 }, { name: 'tick', data: { from: 'scheduler' } });
      await queue.upsertJobScheduler('yearly', { pattern: '0 0 1 1 *' }, { name: 'yearly' });
      assert.equal((await queue.getJobSchedulers()).length, 2);
      const ticks = await times(work(async () => {}), 'completed', 3);
      assert.ok(ticks.every((job) => job.name === 'tick' && job.data.from === 'scheduler'));
      assert.equal(await queue.removeJobScheduler('yearly'), true);
    });
  },

  async 'runs flows: children, then their parent'() {
    await withQueue('flow', async ({ queue, events, work }) => {
      const flows = new FlowProducer({ connection });
      const order = [];
      work(async (job) => {
        order.push(job.name);
        const values = Object.values(await job.getChildrenValues());
        return values.length === 0 ? job.data.value : values.reduce((sum, value) => sum + value, 0);
      });
      const child = (value) => ({ name: `leaf${value}`, queueName: 'flow', data: { value } });
      const { job } = await flows.add({
        name: 'root',
        queueName: 'flow',
        children: [child(1), { name: 'branch', queueName: 'flow', children: [child(2), child(3)] }],
      });
      assert.equal(await job.waitUntilFinished(events), 6);
      assert.deepEqual(order.filter((name) => !name.startsWith('leaf')), ['branch', 'root']);
      assert.equal(await queue.getWaitingChildrenCount(), 0);
      await flows.close();
    });
  },

  async 'limits the rate'() {
    await withQueue('limited', async ({ queue, work }) => {
      const limiter = { max: 2, duration: 3_600_000 };
      await queue.addBulk(Array.from({ length: 5 }, (_, n) => ({ name: 'j', data: { n } })));
      const first = work(async () => {}, { limiter });
      await times(first, 'completed', 2);
      while (!((await queue.getRateLimitTtl(2)) > 0));
      assert.equal(await queue.getCompletedCount(), 2);
      await first.close(true);
      await queue.removeRateLimitKey();
      await times(work(async () => {}, { limiter }), 'completed', 2);
      assert.equal(await queue.getCompletedCount(), 4);
    });
  },

  async 'gives the jobs of a worker that is gone to another'() {
    await withQueue('stalled', async ({ queue, events, work }) => {
      const taken = new Promise((resolve) => {
        work(() => new Promise(() => resolve()), { lockDuration: 500, skipLockRenewal: true, skipStalledCheck: true });
      });
      const job = await queue.add('j', {});
      await taken;
      const stalled = next(events, 'stalled');
      work(async () => 'by another', { stalledInterval: 100 });
      assert.equal(await job.waitUntilFinished(events), 'by another');
      assert.equal((await stalled)[0].jobId, job.id);
    });
  },
});
