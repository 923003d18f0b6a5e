/** The script of the simulator's page. Text enters the document as text nodes only. */
export const PAGE_SCRIPT = `
'use strict';
const SHOW_AS = ['busy', 'free', 'tentative', 'oof', 'workingElsewhere'];
const RESPONSES = ['organizer', 'accepted', 'tentative', 'needsAction', 'declined'];
const byId = (id) => document.getElementById(id);
let shown = '';
let editing = null;
let now = Date.now();

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === 'onclick') node.addEventListener('click', value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null));
  return node;
}

const addDays = (date, days) => new Date(Date.parse(date + 'T00:00:00Z') + days * 86400000).toISOString().slice(0, 10);
const isWeekend = (date) => [0, 6].includes(new Date(date + 'T00:00:00Z').getUTCDay());
const nextWorkday = (date) => (isWeekend(addDays(date, 1)) ? nextWorkday(addDays(date, 1)) : addDays(date, 1));
const dayText = (date) =>
  new Date(date + 'T12:00:00Z').toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });

async function call(method, path, body) {
  const answer = await fetch('/control' + path, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || 'The simulator answered ' + answer.status + '.');
  return answer.status === 200 ? answer.json() : null;
}

const pathOf = (event) => '/events/' + encodeURIComponent(event.calendar) + '/' + encodeURIComponent(event.id);

function tags(event) {
  const words = [];
  if (event.showAs !== 'busy') words.push({ oof: 'out of office', workingElsewhere: 'elsewhere' }[event.showAs] || event.showAs);
  if (event.status === 'tentative') words.push('tentative');
  if (event.response !== 'organizer') words.push({ needsAction: 'unanswered', tentative: 'maybe' }[event.response] || event.response);
  if (event.originalStart !== null) words.push('series');
  return [...new Set(words)].map((word) => el('span', { class: 'tag' }, word));
}

function eventRow(event, calendar) {
  const light = event.showAs === 'free' || event.showAs === 'workingElsewhere' || event.response === 'declined';
  const times = event.allDay ? 'all day' : event.localStart.slice(11) + ' – ' + event.localEnd.slice(11);
  const key = 'edit ' + event.id + ' ' + event.originalStart;
  return el('li', { class: light ? 'event light' : 'event' },
    el('time', { datetime: event.start }, times),
    el('span', {}, event.title || '(no title)', tags(event)),
    calendar.writable
      ? el('button', { 'data-key': key, 'aria-label': 'Edit ' + event.title, onclick: () => open(calendar, event) }, 'Edit')
      : null);
}

function calendarBlock(calendar) {
  const days = [...new Set(calendar.events.map((event) => event.localStart.slice(0, 10)))];
  return el('div', { class: 'calendar' },
    el('div', { class: 'bar' },
      el('h3', {}, calendar.name, calendar.primary ? el('span', { class: 'tag' }, 'primary') : null,
        calendar.watchable ? null : el('span', { class: 'tag' }, 'not watchable')),
      calendar.writable
        ? el('button', { 'data-key': 'add ' + calendar.id, 'aria-label': 'Add an event to ' + calendar.name, onclick: () => open(calendar, null) }, 'Add')
        : null),
    days.length ? null : el('p', { class: 'soft' }, 'Nothing in the next two weeks.'),
    days.map((day) => [
      el('h4', {}, dayText(day)),
      el('ul', {}, calendar.events.filter((event) => event.localStart.startsWith(day)).map((event) => eventRow(event, calendar))),
    ]));
}

function personCard(person) {
  return el('section', { class: 'card', 'aria-label': person.name },
    el('h2', {}, person.name),
    el('small', {}, person.email + ' · ' + { google: 'Google', microsoft: 'Microsoft' }[person.provider] + ' · ' + person.timeZone),
    person.calendars.map(calendarBlock));
}

function listCard(title, nothing, items) {
  return el('section', { class: 'card', 'aria-label': title },
    el('h2', {}, title),
    items.length ? el('ul', { class: 'notes' }, items) : el('p', { class: 'soft' }, nothing));
}

function draw(state) {
  const names = new Map(state.people.flatMap((person) => person.calendars.map((each) => [each.id, person.name + ', ' + each.name])));
  const at = (time) => new Date(time).toLocaleString();
  const channels = state.channels.map((channel) => el('li', {},
    el('strong', {}, names.get(channel.calendar) || channel.calendar), el('br'),
    el('small', {}, channel.address + ' · until ' + at(channel.expiresAt) + ' · ' + channel.id)));
  const notes = state.notifications.slice(0, 20).map((note) => el('li', {},
    el('span', { class: note.state === 'delivered' ? 'good' : note.state === 'pending' ? '' : 'bad' },
      note.state + (note.status === null ? '' : ' ' + note.status)),
    ' ' + note.provider + ': ' + note.what, el('br'),
    el('small', {}, at(note.at) + ' · ' + note.url + (note.attempts > 1 ? ' · ' + note.attempts + ' attempts' : ''))));
  const focused = document.activeElement && document.activeElement.getAttribute('data-key');
  byId('world').replaceChildren(
    el('div', { class: 'cards' }, state.people.map(personCard)),
    el('div', { class: 'cards' },
      listCard('Open watch channels', 'No application watches a calendar.', channels),
      listCard('Last change notifications', 'None sent yet.', notes)));
  if (focused) focusOn(focused);
}

function focusOn(key) {
  const node = [...document.querySelectorAll('[data-key]')].find((each) => each.getAttribute('data-key') === key);
  if (node) node.focus();
}

async function refresh() {
  try {
    const state = await call('GET', '/state');
    now = state.now;
    byId('now').textContent = new Date(state.now).toLocaleString();
    const text = JSON.stringify({ ...state, now: 0 });
    if (text !== shown) draw(state);
    shown = text;
  } catch (error) {
    byId('now').textContent = error.message;
  }
}

const form = () => byId('event').elements;

function kinds() {
  const { allDay, start, end } = form();
  for (const input of [start, end]) {
    const value = input.value;
    input.type = allDay.checked ? 'date' : 'datetime-local';
    input.value = allDay.checked ? value.slice(0, 10) : value && value.length === 10 ? value + 'T09:00' : value;
  }
  byId('endLabel').textContent = allDay.checked ? 'Last day' : 'End';
}

function open(calendar, event) {
  editing = { calendar, event };
  const { title, allDay, start, end, showAs, response } = form();
  const single = event && event.originalStart !== null;
  byId('heading').textContent = event ? (single ? 'Change this one of the series' : 'Change event') : 'Add to ' + calendar.name;
  byId('zone').textContent = 'Times in ' + calendar.timeZone;
  byId('problem').textContent = '';
  byId('delete').hidden = !event;
  for (const input of [title, allDay, showAs, response]) input.disabled = Boolean(single);
  title.value = event ? event.title : '';
  showAs.value = event ? event.showAs : 'busy';
  response.value = event ? event.response : 'organizer';
  allDay.checked = Boolean(event && event.allDay);
  start.type = end.type = allDay.checked ? 'date' : 'datetime-local';
  const day = nextWorkday(new Date(now).toISOString().slice(0, 10));
  start.value = !event ? day + 'T10:00' : event.allDay ? event.allDay.start : event.localStart;
  end.value = !event ? day + 'T11:00' : event.allDay ? addDays(event.allDay.end, -1) : event.localEnd;
  start.disabled = end.disabled = Boolean(single && event.allDay);
  kinds();
  byId('dialog').showModal();
}

async function act(work) {
  try {
    await work();
    byId('dialog').close();
    await refresh();
    // The button of a deleted event is gone, and the focus with it.
    if (document.activeElement === document.body) focusOn('add ' + editing.calendar.id);
  } catch (error) {
    byId('problem').textContent = error.message;
  }
}

function save(submitted) {
  submitted.preventDefault();
  const { calendar, event } = editing;
  const { title, allDay, start, end, showAs, response } = form();
  const times = allDay.checked
    ? { allDay: { start: start.value, end: addDays(end.value, 1) } }
    : { start: start.value, end: end.value };
  const body = { title: title.value, showAs: showAs.value, response: response.value, ...times };
  act(() => {
    if (!event) return call('POST', '/events', { ...body, calendar: calendar.id });
    if (event.originalStart === null) return call('PATCH', pathOf(event), body);
    return call('PATCH', pathOf(event), { ...times, originalStart: event.originalStart });
  });
}

function remove() {
  const { event } = editing;
  act(() => call('DELETE', pathOf(event) + (event.originalStart === null ? '' : '?originalStart=' + event.originalStart)));
}

const { showAs, response, allDay } = form();
showAs.append(...SHOW_AS.map((value) => el('option', { value }, value)));
response.append(...RESPONSES.map((value) => el('option', { value }, value)));
allDay.addEventListener('change', kinds);
byId('event').addEventListener('submit', save);
byId('delete').addEventListener('click', remove);
byId('cancel').addEventListener('click', () => byId('dialog').close());
refresh();
setInterval(refresh, 2000);
`;
