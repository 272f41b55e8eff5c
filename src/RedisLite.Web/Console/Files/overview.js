import { metrics } from './api.js';
import { Chart } from './chart.js';
import { bytes, duration, el, every, number, table } from './dom.js';

export const title = 'Overview';

const sum = (figures, name, test = () => true) =>
  (figures.get(name) ?? []).filter(figure => test(figure.labels)).reduce((total, figure) => total + figure.value, 0);

/** The time that a part of the calls between two looks did not exceed. */
function quantile(now, before, part) {
  const steps = new Map();
  for (const [figures, sign] of [[now, 1], [before, -1]])
    for (const { labels, value } of figures.get('redislite_command_duration_seconds_bucket') ?? [])
      steps.set(labels.le, (steps.get(labels.le) ?? 0) + sign * value);
  const calls = steps.get('+Inf') ?? 0;
  if (calls <= 0) return NaN;
  for (const [le, count] of steps) if (count >= calls * part) return le === '+Inf' ? NaN : Number(le);
  return NaN;
}

export function show(view, signal) {
  const ops = new Chart('Commands', ['a second'], number);
  const latency = new Chart('Latency', ['p50', 'p99'], duration);
  const memory = new Chart('Memory', ['used', 'process', 'managed'], bytes);
  const traffic = new Chart('Traffic', ['in', 'out'], value => `${bytes(value)}/s`);
  const clients = new Chart('Clients', ['connected', 'blocked'], number);
  const keys = new Chart('Keyspace', ['hits', 'misses', 'gone'], number);
  const commands = el('section', { id: 'commands' });
  const charts = [ops, latency, memory, traffic, clients, keys];
  view.append(el('div', { class: 'grid' }, ...charts.map(chart => chart.element)), el('p'), commands);

  let before = null, time = 0;
  every(1000, signal, async () => {
    const now = await metrics().catch(() => null);
    if (!now) return;
    const at = performance.now(), seconds = (at - time) / 1000;
    memory.add(sum(now, 'redislite_memory_used_bytes'), sum(now, 'redislite_memory_resident_bytes'), sum(now, 'redislite_gc_heap_bytes'));
    clients.add(sum(now, 'redislite_clients_connected'), sum(now, 'redislite_clients_blocked'));
    if (before) {
      const rate = name => Math.max(0, sum(now, name) - sum(before, name)) / seconds;
      ops.add(rate('redislite_command_calls_total'));
      latency.add(quantile(now, before, 0.5), quantile(now, before, 0.99));
      traffic.add(rate('redislite_network_received_bytes_total'), rate('redislite_network_sent_bytes_total'));
      keys.add(rate('redislite_keys_hits_total'), rate('redislite_keys_misses_total'),
        rate('redislite_keys_expired_total') + rate('redislite_keys_evicted_total'));
      commands.replaceChildren(busiest(now, before, seconds));
    }
    [before, time] = [now, at];
  });
}

function busiest(now, before, seconds) {
  const rows = (now.get('redislite_command_calls_total') ?? []).map(({ labels: { command }, value }) => {
    const of = labels => labels.command === command;
    const spent = sum(now, 'redislite_command_duration_seconds_sum', of), calls = sum(now, 'redislite_command_duration_seconds_count', of);
    const errors = sum(now, 'redislite_command_failed_total', of) + sum(now, 'redislite_command_rejected_total', of);
    return [command, (value - sum(before, 'redislite_command_calls_total', of)) / seconds, value, spent / calls, errors];
  });
  rows.sort((a, b) => b[1] - a[1] || b[2] - a[2]);
  return table('The busiest commands', [['Command'], ['a second', true], ['Calls', true], ['Mean time', true], ['Errors', true]],
    rows.slice(0, 12).map(([name, rate, calls, mean, errors]) => [name, number(rate), number(calls), duration(mean), number(errors)]));
}
