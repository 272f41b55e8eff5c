import { Bytes, get, ReplyError, run, SessionEnded } from './api.js';
import { el } from './dom.js';

export const title = 'Command line';
const history = [];

export async function show(view) {
  // Who may not run COMMAND types without completion.
  const reference = await get('api/reference').catch(error => {
    if (error instanceof SessionEnded) throw error;
    return [];
  });
  const byName = new Map(reference.map(command => [command.name, command]));
  const list = el('datalist', { id: 'names' }, ...reference.map(({ name, summary }) => el('option', { value: name }, summary)));
  const input = el('input', { class: 'grow mono', list: 'names', autocomplete: 'off', spellcheck: 'false', 'aria-label': 'Command', 'aria-describedby': 'hint' });
  const hint = el('p', { id: 'hint', class: 'quiet mono', 'aria-live': 'polite' }, 'Tab completes a name; the arrows go through what was typed before.');
  const log = el('div', { class: 'log', role: 'log', 'aria-label': 'Replies' });
  let at = history.length;

  input.addEventListener('input', () => {
    const typed = input.value.trimStart().toUpperCase().split(/\s+/);
    const command = byName.get(typed.slice(0, 2).join(' ')) ?? byName.get(typed[0]);
    hint.textContent = command ? `${command.name} ${command.syntax} – ${command.summary}` : '';
  });
  input.addEventListener('keydown', event => {
    if (event.key === 'Tab' && !event.shiftKey && input.value) {
      const typed = input.value.toUpperCase(), found = reference.filter(({ name }) => name.startsWith(typed) && name !== typed.trim());
      if (!found.length) return;
      event.preventDefault();
      const common = found.map(({ name }) => name).reduce((a, b) => { while (!b.startsWith(a)) a = a.slice(0, -1); return a; });
      input.value = found.length === 1 ? `${common} ` : common;
      input.dispatchEvent(new Event('input'));
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const next = at + (event.key === 'ArrowUp' ? -1 : 1);
      if (next < 0 || next > history.length) return;
      event.preventDefault();
      at = next;
      input.value = history[at] ?? '';
    }
  });
  const form = el('form', { class: 'row' }, input, el('button', {}, 'Run'));
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const line = input.value.trim();
    if (!line) return;
    history.push(line);
    at = history.length;
    input.value = hint.textContent = '';
    let text;
    try {
      const [reply] = await run([words(line)]);
      text = render(reply);
    } catch (error) { text = error.message; }
    log.append(el('pre', {}, `> ${line}\n${text}`));
    log.scrollTop = log.scrollHeight;
  });
  view.append(el('section', {}, el('h2', {}, 'Command line'), log, form, hint, list));
  input.focus();
}

/** Words as redis-cli takes them: "..." with \n, \t, \xHH, and '...' as it stands. */
function words(line) {
  const found = [];
  for (const [, double, single, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)) {
    if (double === undefined) { found.push(single ?? plain); continue; }
    if (/\\x[0-9a-f]{2}/i.test(double)) {
      const raw = double.replace(/\\x([0-9a-f]{2})|\\(.)/gi, (_, hex, c) => hex ? String.fromCharCode(parseInt(hex, 16)) : escaped(c));
      found.push(new Bytes(btoa(raw)));
    } else found.push(double.replace(/\\(.)/g, (_, c) => escaped(c)));
  }
  return found;
}

const escaped = c => ({ n: '\n', r: '\r', t: '\t' })[c] ?? c;

function render(reply, indent = '') {
  if (reply === null) return '(nil)';
  if (reply instanceof ReplyError) return `(error) ${reply.message}`;
  if (Array.isArray(reply))
    return reply.length ? reply.map((item, i) => `${i ? indent : ''}${i + 1}) ${render(item, indent + ' '.repeat(`${i + 1}) `.length))}`).join('\n') : '(empty)';
  if (reply instanceof Map)
    return reply.size ? [...reply].map(([key, value], i) => `${i ? indent : ''}${key} => ${render(value, `${indent}  `)}`).join('\n') : '(empty)';
  return String(reply);
}
