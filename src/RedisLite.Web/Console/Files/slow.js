import { run } from './api.js';
import { duration, el, every, table } from './dom.js';

export const title = 'Slow';

export function show(view, signal) {
  const slow = el('section'), events = el('section'), doctor = el('pre');
  view.append(slow, events, el('section', {}, el('h2', {}, 'What the server says of it'), doctor));
  every(3000, signal, async () => {
    const [entries, latest, text] = await run([['SLOWLOG', 'GET', '50'], ['LATENCY', 'LATEST'], ['LATENCY', 'DOCTOR']]);
    slow.replaceChildren(el('h2', {}, 'Slow log'), table('Newest first; slowlog-log-slower-than says what is slow',
      [['When'], ['Took', true], ['Command'], ['Client']],
      (Array.isArray(entries) ? entries : []).map(([, at, us, words, client, name]) =>
        [new Date(at * 1000).toLocaleString(), duration(us / 1e6), words.map(String).join(' '), name ? `${name} (${client})` : client])));
    events.replaceChildren(el('h2', {}, 'Latency events'), table('Recorded when latency-monitor-threshold is set',
      [['Event'], ['Last'], ['Latest', true], ['Worst', true]],
      (Array.isArray(latest) ? latest : []).map(([name, at, last, worst]) =>
        [name, new Date(at * 1000).toLocaleString(), duration(last / 1e3), duration(worst / 1e3)])));
    doctor.textContent = String(text);
  });
}
