import { call, listen, readOnly } from './api.js';
import { el } from './dom.js';

export const title = 'Messages';
const most = 500;

export function show(view, signal) {
  let ending = new AbortController();
  signal.addEventListener('abort', () => ending.abort());
  const names = el('input', { class: 'grow mono', value: '*', 'aria-label': 'Channels, with spaces between them; * and ? make a pattern' });
  const state = el('p', { class: 'quiet', role: 'status' }, 'Not listening.');
  const log = el('ol', { class: 'log mono', 'aria-live': 'polite', 'aria-label': 'Messages, newest first', reversed: true });
  const form = el('form', { class: 'row' }, names, el('button', {}, 'Listen'),
    el('button', { type: 'button', onclick: () => ending.abort() }, 'Stop'));
  form.addEventListener('submit', async event => {
    event.preventDefault();
    ending.abort();
    ending = new AbortController();
    const words = names.value.split(/\s+/).filter(Boolean), isPattern = word => /[*?[]/.test(word);
    state.textContent = `Listening to ${words.join(', ')}.`;
    try {
      await listen(words.filter(word => !isPattern(word)), words.filter(isPattern), message => {
        const [kind, ...rest] = message;
        if (!/message$/.test(kind)) return;
        const [channel, text] = rest.slice(-2);
        log.prepend(el('li', {}, el('span', { class: 'quiet' }, `${new Date().toLocaleTimeString()} `), el('b', {}, String(channel)), ` ${text}`));
        while (log.childElementCount > most) log.lastElementChild.remove();
      }, ending.signal);
      state.textContent = 'The server has ended it.';
    } catch (error) {
      state.textContent = error.name === 'AbortError' ? 'Not listening.' : error.message;
    }
  });
  const channel = el('input', { class: 'mono', 'aria-label': 'Channel' }), text = el('input', { class: 'grow mono', 'aria-label': 'Message' });
  const send = el('form', { class: 'row' }, channel, text, el('button', {}, 'Publish'));
  send.addEventListener('submit', async event => {
    event.preventDefault();
    try {
      state.textContent = `${await call('PUBLISH', channel.value, text.value)} clients got it.`;
    } catch (error) { state.textContent = error.message; }
  });
  view.append(el('section', {}, el('h2', {}, 'Messages of channels'), form, readOnly ? null : send, state, log));
}
