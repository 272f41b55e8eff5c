// The session, and commands in it. A reply is plain JavaScript: strings, numbers as strings, null, booleans, arrays,
// Map, and the classes below for bytes and errors.

let token = null;
export let readOnly = true;
export let database = 0;

/** Bytes that are no UTF-8. Sent back as they came. */
export class Bytes {
  constructor(base64) { this.x = base64; }
  toString() {
    return Array.from(atob(this.x), c => c >= ' ' && c <= '~' && c !== '\\' ? c : '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  }
  toJSON() { return { x: this.x }; }
}

export class ReplyError extends Error { }
export class SessionEnded extends Error { }

export function setDatabase(index) { database = index; }

function read(reply) {
  if (reply === null || typeof reply === 'boolean') return reply;
  if (Array.isArray(reply)) return reply.map(read);
  if ('m' in reply) return new Map(reply.m.map(([key, value]) => [String(read(key)), read(value)]));
  if ('e' in reply) return new ReplyError(reply.e);
  if ('x' in reply) return new Bytes(reply.x);
  return reply.s ?? reply.i ?? reply.d;
}

async function request(method, path, body, signal) {
  const response = await fetch(path, {
    method, signal, cache: 'no-store', credentials: 'omit',
    headers: { ...(token && { 'X-RedisLite-Session': token }), ...(body && { 'Content-Type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))).problem ?? response.statusText;
  throw response.status === 401 ? new SessionEnded(problem) : new Error(problem);
}

export async function logIn(user, password) {
  token = null;
  const session = await (await request('POST', 'api/session', { user, password })).json();
  token = session.token;
  readOnly = session.readOnly;
}

export async function logOut() {
  if (token) await request('DELETE', 'api/session').catch(() => { });
  token = null;
}

/** Runs commands in the chosen database, one after the other; errors are among the replies. */
export async function run(commands, signal) {
  const response = await request('POST', 'api/commands', { database: Number(database), commands }, signal);
  return (await response.json()).slice(1).map(read);
}

/** Runs one command; an error is thrown. */
export async function call(...command) {
  const [reply] = await run([command.map(word => word instanceof Bytes ? word : String(word))]);
  if (reply instanceof ReplyError) throw reply;
  return reply;
}

export async function get(path) { return (await request('GET', path)).json(); }

/** Calls back for each message of a subscription, until the signal ends it. */
export async function listen(channels, patterns, onMessage, signal) {
  const response = await request('POST', 'api/messages', { channels, patterns }, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) onMessage(read(JSON.parse(line)));
  }
}

/** The figures of /metrics: name -> [{labels, value}]. */
export async function metrics() {
  const text = await (await fetch('metrics', { cache: 'no-store', credentials: 'omit' })).text();
  const figures = new Map();
  for (const line of text.split('\n')) {
    const match = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, name, value] of (match[2] ?? '').matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g))
      labels[name] = value.replace(/\\(.)/g, (_, c) => c === 'n' ? '\n' : c);
    if (!figures.has(match[1])) figures.set(match[1], []);
    figures.get(match[1]).push({ labels, value: Number(match[3].replace('Inf', 'Infinity')) });
  }
  return figures;
}
