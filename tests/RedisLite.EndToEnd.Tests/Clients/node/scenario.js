// What both scenarios share: named steps, run in order, the first failure ending the process with exit code 1.

import process from 'node:process';

const SAFETY_NET_MS = 60_000;

export const host = process.argv[2] ?? '127.0.0.1';
export const port = Number(process.argv[3] ?? 6379);

/** Runs the steps of a scenario in order; prints one line for each, so that the caller can count them. */
export async function run(name, steps) {
  const safetyNet = setTimeout(() => fail(name, 'safety net', new Error(`not done after ${SAFETY_NET_MS} ms`)), SAFETY_NET_MS);
  for (const [step, action] of Object.entries(steps)) {
    try {
      await action();
      console.log(`ok ${name}: ${step}`);
    } catch (error) {
      fail(name, step, error);
    }
  }

  clearTimeout(safetyNet);
}

/** Resolves at the next such event of an emitter. */
export function next(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));
}

function fail(name, step, error) {
  console.log(`not ok ${name}: ${step}\n${error.stack}`);
  process.exit(1);
}
