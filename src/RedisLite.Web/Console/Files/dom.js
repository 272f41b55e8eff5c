// Elements and texts. Values of the server are only ever put in as text.

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter(child => child != null));
  return element;
}

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A table; columns are [title, isNumber]. Cells are texts or elements. */
export function table(caption, columns, rows) {
  const head = el('tr', {}, ...columns.map(([title, number]) => el('th', { scope: 'col', class: number && 'number' }, title)));
  const body = rows.map(row => el('tr', {}, ...row.map((cell, i) => el('td', { class: columns[i][1] && 'number' }, cell ?? ''))));
  return el('div', { class: 'scroll' }, el('table', {}, el('caption', {}, caption), el('thead', {}, head), el('tbody', {}, ...body)));
}

export function bytes(value) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  for (; Math.abs(value) >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function number(value) { return Math.abs(value) < 10 && value % 1 ? value.toFixed(1) : Math.round(value).toLocaleString('en'); }

export function duration(seconds) {
  if (!isFinite(seconds)) return '–';
  if (seconds < 1e-3) return `${number(seconds * 1e6)} µs`;
  if (seconds < 1) return `${number(seconds * 1e3)} ms`;
  if (seconds < 120) return `${number(seconds)} s`;
  if (seconds < 7200) return `${number(seconds / 60)} min`;
  return seconds < 172800 ? `${number(seconds / 3600)} h` : `${number(seconds / 86400)} d`;
}

/** Calls back at once and every so often, until the view ends. Not while the page is hidden, nor twice at once. */
export function every(ms, signal, action) {
  const tick = async () => {
    if (signal.aborted) return;
    if (!document.hidden) await action();
    if (!signal.aborted) setTimeout(tick, ms);
  };
  return tick();
}
