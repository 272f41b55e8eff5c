import { call, ReplyError, run } from './api.js';
import { bytes, duration, el, every, number, table } from './dom.js';

export const title = 'Hot and big keys';

export function show(view, signal) {
  const hot = el('div', { 'aria-live': 'polite' }), big = el('div');
  const start = el('button', { type: 'button', onclick: () => begin(hot) }, 'Look for 10 seconds');
  view.append(
    el('section', {}, el('h2', {}, 'Hot keys'), el('div', { class: 'row' }, start, el('span', { class: 'quiet' },
      'HOTKEYS notes one command in ten; figures are of those that were noted.')), hot),
    el('section', {}, el('h2', {}, 'Big keys'), el('p', { class: 'quiet' },
      'The largest among random keys of this database; fifty more are looked at every two seconds.'), big));

  every(1000, signal, async () => showHot(hot));
  const found = new Map();
  let looked = 0;
  every(2000, signal, async () => {
    const names = (await run(Array(50).fill(['RANDOMKEY']))).filter(name => name !== null && !(name instanceof ReplyError));
    const replies = await run(names.flatMap(name => [['TYPE', name], ['MEMORY', 'USAGE', name]]));
    looked += names.length;
    names.forEach((name, i) => {
      if (replies[2 * i + 1] !== null) found.set(String(name), [replies[2 * i], Number(replies[2 * i + 1])]);
    });
    const largest = [...found].sort((a, b) => b[1][1] - a[1][1]).slice(0, 20);
    found.clear();
    largest.forEach(([name, figures]) => found.set(name, figures));
    big.replaceChildren(table(`Of ${number(looked)} keys`, [['Key'], ['Type'], ['Memory', true]],
      largest.map(([name, [type, size]]) => [name, type, bytes(size)])));
  });
}

async function begin(hot) {
  try {
    await run([['HOTKEYS', 'STOP']]);
    await call('HOTKEYS', 'START', 'METRICS', '2', 'CPU', 'NET', 'COUNT', '20', 'DURATION', '10', 'SAMPLE', '10');
  } catch (error) {
    hot.textContent = error.message;
  }
}

async function showHot(hot) {
  const [reply] = await run([['HOTKEYS', 'GET']]);
  if (!Array.isArray(reply)) return;
  const found = reply[0], pairs = name => {
    const flat = found.get(name) ?? [];
    return Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), Number(flat[2 * i + 1])]);
  };
  const state = found.get('tracking-active') === '1' ? 'Looking' : 'Found';
  const caption = `${state}, ${duration(found.get('collection-duration-ms') / 1000)}`;
  hot.replaceChildren(el('div', { class: 'grid' },
    table(`${caption}: by time`, [['Key'], ['Time', true]], pairs('by-cpu-time-us').map(([key, us]) => [key, duration(us / 1e6)])),
    table(`${caption}: by bytes`, [['Key'], ['Bytes', true]], pairs('by-net-bytes').map(([key, size]) => [key, bytes(size)]))));
}
