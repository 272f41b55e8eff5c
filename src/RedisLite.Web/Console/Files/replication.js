import { call } from './api.js';
import { bytes, el, every } from './dom.js';

export const title = 'Replication';

export function show(view, signal) {
  const map = el('ul', { class: 'map', 'aria-label': 'Who follows whom' }), state = el('p', { class: 'quiet' });
  view.append(el('section', {}, el('h2', {}, 'Replication'), state, map));
  every(2000, signal, async () => {
    const info = new Map(String(await call('INFO', 'replication')).split('\r\n').filter(line => line.includes(':'))
      .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
    const offset = Number(info.get('master_repl_offset'));
    const replicas = [...info].filter(([name]) => /^slave\d+$/.test(name)).map(([, text]) => {
      const of = Object.fromEntries(text.split(',').map(part => part.split('=')));
      const behind = Math.max(0, offset - of.offset);
      return el('li', {}, node(`${of.ip}:${of.port}`, `replica, ${of.state}, ${bytes(behind)} behind, answered ${of.lag} s ago`, of.state !== 'online'));
    });
    const isReplica = info.get('role') === 'slave';
    const self = el('li', {}, node('this server', `${isReplica ? 'replica' : 'primary'}, offset ${offset.toLocaleString('en')}`, false, true),
      replicas.length ? el('ul', {}, ...replicas) : null);
    const up = info.get('master_link_status') === 'up';
    map.replaceChildren(isReplica
      ? el('li', {}, node(`${info.get('master_host')}:${info.get('master_port')}`, `primary, the link is ${info.get('master_link_status')}`, !up), el('ul', {}, self))
      : self);
    state.textContent = `Replication ID ${info.get('master_replid')}; ${replicas.length} ${replicas.length === 1 ? 'replica' : 'replicas'}; the backlog holds ${bytes(Number(info.get('repl_backlog_histlen')))}.`;
  });
}

function node(name, about, isBad, isSelf) {
  return el('div', { class: isSelf ? 'node self' : 'node' }, el('b', { class: 'mono' }, name), el('br'), el('span', { class: isBad ? 'bad' : 'quiet' }, about));
}
