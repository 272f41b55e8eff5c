import { el, svg } from './dom.js';

const classes = ['first', 'second', 'third'];
const length = 120;

/** A line chart of the last two minutes, which a screen reader reads as a sentence. */
export class Chart {
  constructor(title, names, format) {
    Object.assign(this, { title, names, format });
    this.series = names.map(() => []);
    this.values = names.map((name, i) => el('span', { class: classes[i] }));
    this.paths = names.map((name, i) => svg('path', { class: classes[i] }));
    this.picture = svg('svg', { class: 'chart', viewBox: `0 0 ${length - 1} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': title },
      ...[0, 50, 100].map(y => svg('line', { x1: 0, x2: length - 1, y1: y, y2: y })), ...this.paths);
    this.top = el('span');
    this.element = el('section', {}, el('figure', {},
      el('figcaption', {}, el('b', {}, title), ...this.values), this.picture,
      el('div', { class: 'scale' }, this.top, el('span', {}, 'now'))));
  }

  add(...values) {
    values.forEach((value, i) => {
      this.series[i].push(isFinite(value) ? value : null);
      if (this.series[i].length > length) this.series[i].shift();
    });
    const top = Math.max(1e-9, ...this.series.flat().filter(value => value != null));
    this.series.forEach((points, i) => {
      const from = length - points.length;
      let pen = 'M';
      this.paths[i].setAttribute('d', points.map((value, x) => {
        if (value == null) { pen = 'M'; return ''; }
        const step = `${pen}${from + x} ${100 - value / top * 96}`;
        pen = 'L';
        return step;
      }).join(' '));
      this.values[i].textContent = `${this.names[i]} ${this.format(values[i])}`;
    });
    this.top.textContent = `top of the scale ${this.format(top)}`;
    this.picture.setAttribute('aria-label', `${this.title}: ${this.values.map(value => value.textContent).join(', ')}`);
  }
}
