import { get } from './api.js';
import { el, every, number, table } from './dom.js';

export const title = 'Stripes';
const columns = 64;

export function show(view, signal) {
  const what = el('select', { id: 'what' }, el('option', { value: 'waits' }, 'waits for the lock'), el('option', { value: 'keys' }, 'keys'));
  const canvas = el('canvas', { role: 'img' }), most = el('div');
  view.append(el('section', {}, el('h2', {}, 'Heat of the stripes'),
    el('div', { class: 'row' }, el('label', {}, 'Colour by ', what), el('span', { class: 'quiet' },
      'A stripe is a separately locked part of all databases. Waits are counted since the server has started.')),
    canvas, most));
  every(2000, signal, async () => {
    const values = (await get('api/stripes'))[what.value];
    const rows = Math.ceil(values.length / columns), top = Math.max(1, ...values);
    Object.assign(canvas, { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    values.forEach((value, i) => image.data.set(heat(value / top), i * 4));
    canvas.getContext('2d').putImageData(image, 0, 0);
    const total = values.reduce((a, b) => a + b, 0);
    canvas.setAttribute('aria-label', `${values.length} stripes, ${number(total)} ${what.selectedOptions[0].text}; the most in one is ${number(Math.max(...values))}`);
    most.replaceChildren(table(canvas.getAttribute('aria-label'), [['Stripe'], ['Number', true]],
      values.map((value, i) => [i, value]).sort((a, b) => b[1] - a[1]).slice(0, 10).map(([i, value]) => [String(i), number(value)])));
  });
}

// From a quiet blue by orange to red.
function heat(part) {
  const from = part < .5 ? [38, 70, 110] : [240, 150, 40], to = part < .5 ? [240, 150, 40] : [215, 40, 30];
  const share = part < .5 ? part * 2 : part * 2 - 1;
  return [...from.map((value, i) => value + (to[i] - value) * share), 255];
}
