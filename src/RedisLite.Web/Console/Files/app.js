// Logs in, and shows the view that the address names.
import * as api from './api.js';
import { el } from './dom.js';
import * as cluster from './cluster.js';
import * as commands from './commands.js';
import * as hot from './hot.js';
import * as keys from './keys.js';
import * as messages from './messages.js';
import * as overview from './overview.js';
import * as replication from './replication.js';
import * as slow from './slow.js';
import * as stripes from './stripes.js';

const views = { overview, keys, commands, slow, hot, stripes, messages, replication, cluster };
const $ = id => document.getElementById(id);
let ending = new AbortController();

function show() {
  const name = location.hash.slice(1) in views ? location.hash.slice(1) : 'overview';
  ending.abort();
  ending = new AbortController();
  for (const tab of $('tabs').children) {
    const chosen = tab.dataset.view === name;
    tab.setAttribute('aria-selected', chosen);
    tab.tabIndex = chosen ? 0 : -1;
  }
  document.title = `${views[name].title} – RedisLite console`;
  $('view').replaceChildren();
  $('view').setAttribute('aria-labelledby', `tab-${name}`);
  Promise.resolve(views[name].show($('view'), ending.signal)).catch(fail);
}

function fail(error) {
  if (error instanceof api.SessionEnded) leave(error.message);
  else $('view').append(el('p', { class: 'bad', role: 'alert' }, error.message));
}

async function enter(user, password) {
  await api.logIn(user, password);
  $('login').hidden = true;
  $('tabs').hidden = $('leave').hidden = false;
  const info = Object.fromEntries(String(await api.call('INFO', 'server')).split('\r\n').map(line => line.split(':')));
  $('server').textContent = `${info.redislite_version} on port ${info.tcp_port}, ${api.readOnly ? 'read-only' : 'changes are allowed'}`;
  show();
}

function leave(why) {
  ending.abort();
  api.logOut();
  $('view').replaceChildren();
  $('tabs').hidden = $('leave').hidden = true;
  $('login').hidden = false;
  $('refusal').textContent = why;
  $('login').elements[0].focus();
}

for (const [name, view] of Object.entries(views))
  $('tabs').append(el('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'data-view': name, 'aria-controls': 'view', onclick: () => { location.hash = name; } }, view.title));
$('view').setAttribute('role', 'tabpanel');
$('tabs').addEventListener('keydown', event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...$('tabs').children], next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
});
$('login').addEventListener('submit', async event => {
  event.preventDefault();
  const { user, password } = $('login').elements;
  try {
    await enter(user.value, password.value);
    password.value = $('refusal').textContent = '';
  } catch (error) { $('refusal').textContent = error.message; }
});
$('leave').addEventListener('click', () => leave(''));
$('database').addEventListener('change', () => { api.setDatabase(Number($('database').value) || 0); show(); });
$('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = isDark ? 'light' : 'dark';
  localStorage.setItem('theme', root.dataset.theme);
});
document.documentElement.dataset.theme = localStorage.getItem('theme') ?? '';
window.addEventListener('hashchange', show);
window.addEventListener('unhandledrejection', event => fail(event.reason));

// A server without a password needs no form.
enter('', '').catch(error => leave(/NOAUTH|WRONGPASS|AUTH/.test(error.message) ? '' : error.message));
