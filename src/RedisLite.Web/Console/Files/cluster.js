import { call, ReplyError, run } from './api.js';
import { duration, el, every, number, svg, table } from './dom.js';

export const title = 'Cluster';
const slots = 16384;
const colours = ['first', 'second', 'third'];

export function show(view, signal) {
  const state = el('p', { role: 'status' }), strip = svg('svg', { class: 'slots', viewBox: `0 0 ${slots} 10`, preserveAspectRatio: 'none', role: 'img' });
  const map = el('ul', { class: 'map', 'aria-label': 'Nodes: primaries, and their replicas below them' }), about = el('div');
  const rest = el('div', {}, strip, map, about);
  view.append(el('section', {}, el('h2', {}, 'Cluster'), state, rest));
  every(2000, signal, async () => {
    const enabled = /cluster_enabled:1/.test(String(await call('INFO', 'cluster')));
    rest.hidden = !enabled;
    state.className = '';
    if (!enabled) {
      state.textContent = 'This server is no node of a cluster (cluster-enabled).';
      return;
    }
    const [info, nodes] = await run([['CLUSTER', 'INFO'], ['CLUSTER', 'NODES']]);
    for (const reply of [info, nodes]) if (reply instanceof ReplyError) throw reply;
    draw({ state, strip, map, about }, figures(info), String(nodes).split('\n').filter(Boolean).map(node));
  });
}

function figures(text) {
  return new Map(String(text).split('\r\n').filter(line => line.includes(':')).map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** A line of CLUSTER NODES. Slots on their way stand in brackets: they are not counted. */
function node(line) {
  const [id, address, flags, primary, , heard, epoch, link, ...words] = line.split(' ');
  const ranges = words.filter(word => !word.startsWith('[')).map(word => word.split('-').map(Number)).map(([from, to]) => [from, to ?? from]);
  return {
    id, primary, epoch, ranges, flags: flags.split(','), link, heard: Number(heard), name: address.split('@')[0],
    moving: words.filter(word => word.startsWith('[')).length, count: ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0),
  };
}

function draw({ state, strip, map, about }, info, nodes) {
  const up = info.get('cluster_state') === 'ok', missing = slots - Number(info.get('cluster_slots_assigned'));
  const bad = Number(info.get('cluster_slots_pfail')) + Number(info.get('cluster_slots_fail'));
  state.className = up ? '' : 'bad';
  state.textContent = `${up ? 'Up' : 'Down'}: ${number(nodes.length)} ${nodes.length === 1 ? 'node' : 'nodes'}, `
    + `${missing ? `${number(missing)} slots have no owner` : `all ${number(slots)} slots have an owner`}${bad ? `, the owners of ${number(bad)} do not answer` : ''}.`;
  const primaries = nodes.filter(one => one.flags.includes('master')).sort((a, b) => (a.ranges[0]?.[0] ?? slots) - (b.ranges[0]?.[0] ?? slots));
  strip.replaceChildren(...primaries.flatMap((one, i) => one.ranges.map(([from, to]) =>
    svg('rect', { x: from, width: to - from + 1, y: 0, height: 10, class: colours[i % colours.length] }))));
  strip.setAttribute('aria-label', primaries.filter(one => one.count).map(one => `${one.name}: slots ${one.ranges.map(range).join(', ')}`).join('; ') || 'No slot has an owner');
  map.replaceChildren(...primaries.map((one, i) => el('li', {}, box(one, colours[i % colours.length]),
    el('ul', {}, ...nodes.filter(other => other.primary === one.id).map(other => el('li', {}, box(other)))))));
  about.replaceChildren(table('How this node sees it', [['Figure'], ['Value', true]], [...info].map(([name, value]) => [name.replace(/^cluster_/, '').replaceAll('_', ' '), value])));
}

const range = ([from, to]) => from === to ? `${from}` : `${from}-${to}`;

function box(one, colour) {
  const failed = one.flags.includes('fail') || one.flags.includes('fail?');
  const text = [one.flags.includes('slave') ? 'replica' : 'primary', one.count && `${number(one.count)} slots (${one.ranges.map(range).join(', ')})`,
    one.moving && `${number(one.moving)} on their way`, failed && (one.flags.includes('fail') ? 'failed' : 'does not answer'),
    !one.flags.includes('myself') && one.heard > 0 && `heard ${duration(Math.max(0, Date.now() - one.heard) / 1000)} ago`].filter(Boolean).join(', ');
  return el('div', { class: one.flags.includes('myself') ? 'node self' : 'node' }, el('b', { class: `mono ${one.count ? colour : ''}` }, one.name),
    one.flags.includes('myself') ? ' (this server)' : null, el('br'), el('span', { class: failed ? 'bad' : 'quiet' }, text));
}
