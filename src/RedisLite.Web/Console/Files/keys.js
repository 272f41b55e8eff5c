import { Bytes, call, readOnly, ReplyError, run } from './api.js';
import { bytes, duration, el, number, table } from './dom.js';

export const title = 'Keys';
const most = 2000;

export function show(view) {
  const tree = el('div', { class: 'log' }), value = el('section', { 'aria-live': 'polite' }, el('p', { class: 'quiet' }, 'Choose a key.'));
  const pattern = el('input', { class: 'grow mono', value: '*', 'aria-label': 'Pattern' });
  const state = el('p', { class: 'quiet', role: 'status' });
  const form = el('form', { class: 'row' }, pattern, el('button', {}, 'Find'));
  form.addEventListener('submit', event => { event.preventDefault(); find(pattern.value, tree, state, value); });
  view.append(el('div', { class: 'split' }, el('section', {}, el('h2', {}, 'Keys'), form, state, tree), value));
  return find(pattern.value, tree, state, value);
}

async function find(pattern, tree, state, value) {
  const names = new Map();
  let cursor = '0';
  do {
    const [next, found] = await call('SCAN', cursor, 'MATCH', pattern, 'COUNT', '500');
    found.forEach(name => names.set(String(name), name));
    cursor = next;
    state.textContent = `${number(names.size)} keys`;
  } while (cursor !== '0' && names.size < most);
  if (cursor !== '0') state.textContent += '; there are more: narrow the pattern';
  tree.replaceChildren(...branches([...names].sort(([a], [b]) => a < b ? -1 : 1), 0, value));
}

/** Keys with the same text up to the next colon stand under one heading. */
function branches(names, depth, value) {
  const groups = new Map();
  for (const [text, name] of names) {
    const parts = text.split(':'), last = parts.length - 1 <= depth;
    const head = last ? text : parts.slice(0, depth + 1).join(':') + ':';
    const id = (last ? 'k' : 'g') + head;
    if (!groups.has(id)) groups.set(id, { head, last, names: [] });
    groups.get(id).names.push([text, name]);
  }
  const nodes = [], leaves = [];
  for (const { head, last, names: inside } of groups.values()) {
    if (last) {
      const leaf = el('button', { type: 'button', class: 'leaf mono', 'aria-pressed': 'false' },
        el('span', { class: 'name' }, head), el('span', { class: 'quiet' }));
      leaf.addEventListener('click', () => choose(leaf, inside[0][1], value));
      leaves.push([leaf, inside[0][1]]);
      nodes.push(leaf);
      continue;
    }
    const group = el('details', {}, el('summary', { class: 'mono' }, `${head} `, el('span', { class: 'quiet' }, number(inside.length))));
    group.addEventListener('toggle', () => {
      if (group.open && group.childElementCount === 1) group.append(...branches(inside, depth + 1, value));
    });
    nodes.push(group);
  }
  describe(leaves);
  return nodes;
}

/** Types, sizes and times to live, a hundred keys at a time. */
async function describe(leaves) {
  for (let i = 0; i < leaves.length; i += 100) {
    const some = leaves.slice(i, i + 100);
    const replies = await run(some.flatMap(([, name]) => [['TYPE', name], ['MEMORY', 'USAGE', name], ['PTTL', name]]));
    some.forEach(([leaf], j) => {
      const [type, size, ttl] = replies.slice(3 * j, 3 * j + 3);
      leaf.lastElementChild.textContent = size === null ? 'gone' : `${type} ${bytes(size)}${ttl >= 0 ? `, ends in ${duration(ttl / 1000)}` : ''}`;
    });
  }
}

async function choose(leaf, name, value) {
  document.querySelectorAll('.leaf[aria-pressed="true"]').forEach(other => other.setAttribute('aria-pressed', 'false'));
  leaf.setAttribute('aria-pressed', 'true');
  try {
    const [type, size, ttl, encoding] = await run([['TYPE', name], ['MEMORY', 'USAGE', name], ['PTTL', name], ['OBJECT', 'ENCODING', name]]);
    const about = `${type} (${encoding instanceof ReplyError ? '' : encoding}), ${bytes(size ?? 0)}, ${ttl >= 0 ? `ends in ${duration(ttl / 1000)}` : 'does not end'}`;
    const controls = readOnly ? [] : [changes(leaf, name, value)];
    value.replaceChildren(el('h2', { class: 'mono' }, String(name)), el('p', { class: 'quiet' }, about), ...controls,
      ...await (viewers[type] ?? none)(name));
  } catch (error) {
    value.replaceChildren(el('p', { class: 'bad' }, error.message));
  }
}

function changes(leaf, name, value) {
  const seconds = el('input', { type: 'number', min: '0', 'aria-label': 'Seconds to live; empty for ever' });
  const live = el('button', { type: 'button' }, 'Set the time to live');
  live.addEventListener('click', async () => {
    await (seconds.value ? call('EXPIRE', name, seconds.value) : call('PERSIST', name));
    await choose(leaf, name, value);
  });
  const drop = el('button', { type: 'button', class: 'danger' }, 'Delete');
  drop.addEventListener('click', async () => {
    if (!confirm(`Delete ${name}?`)) return;
    await call('DEL', name);
    leaf.remove();
    value.replaceChildren(el('p', { class: 'quiet' }, 'Deleted.'));
  });
  return el('div', { class: 'row' }, seconds, live, drop);
}

const none = async () => [el('p', {}, 'The key is gone.')];
const pairs = flat => flat instanceof Map ? [...flat] : Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
const shown = (part, all) => `The first ${number(part)} of ${number(all)}`;

const viewers = {
  async string(name) {
    const [text, length] = await run([['GETRANGE', name, '0', '16383'], ['STRLEN', name]]);
    const parts = [el('p', { class: 'quiet' }, `${shown(Math.min(length, 16384), length)} bytes${text instanceof Bytes ? ', not UTF-8' : ''}`)];
    try {
      if (/^\s*[[{]/.test(String(text)) && length <= 16384) parts.push(el('pre', {}, JSON.stringify(JSON.parse(text), null, 2)));
    } catch { /* No JSON. */ }
    return parts.length > 1 ? parts : [...parts, el('pre', {}, String(text))];
  },
  async list(name) {
    const [items, length] = await run([['LRANGE', name, '0', '199'], ['LLEN', name]]);
    return [table(shown(items.length, length), [['Index', true], ['Element']], items.map((item, i) => [String(i), String(item)]))];
  },
  async set(name) {
    const [[, items], length] = await run([['SSCAN', name, '0', 'COUNT', '200'], ['SCARD', name]]);
    return [table(shown(items.length, length), [['Member']], items.map(item => [String(item)]))];
  },
  async zset(name) {
    const [items, length] = await run([['ZRANGE', name, '0', '199', 'WITHSCORES'], ['ZCARD', name]]);
    const rows = Array.isArray(items[0]) ? items : pairs(items);
    return [table(shown(rows.length, length), [['Score', true], ['Member']], rows.map(([member, score]) => [String(score), String(member)]))];
  },
  async hash(name) {
    const [[, flat], length] = await run([['HSCAN', name, '0', 'COUNT', '200'], ['HLEN', name]]);
    const rows = pairs(flat);
    return [table(shown(rows.length, length), [['Field'], ['Value']], rows.map(row => row.map(String)))];
  },
  async stream(name) {
    const [entries, length, groups] = await run([['XREVRANGE', name, '+', '-', 'COUNT', '100'], ['XLEN', name], ['XINFO', 'GROUPS', name]]);
    const parts = [table(`The last ${number(entries.length)} of ${number(length)} entries`, [['ID'], ['Fields']],
      entries.map(([id, fields]) => [id, pairs(fields).map(([field, text]) => `${field}: ${text}`).join('\n')]))];
    if (Array.isArray(groups) && groups.length)
      parts.push(table('Consumer groups', [['Group'], ['Consumers', true], ['Pending', true], ['Last delivered']],
        groups.map(group => [String(group.get('name')), group.get('consumers'), group.get('pending'), group.get('last-delivered-id')])));
    return parts;
  },
};
