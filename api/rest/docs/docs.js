// Shows the OpenAPI document, and sends requests of the reader's. It builds
// elements and never writes HTML, so that no text of the document is markup.

const source = document.querySelector('meta[name=openapi]').content;
const base = source.replace(/\/openapi\.json$/, '');
const methods = ['get', 'post', 'patch', 'delete', 'put'];
let doc;

/** el makes an element: properties with a dash or "for" become attributes. */
function el(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (key in e && !key.includes('-')) e[key] = value;
    else e.setAttribute(key, value);
  }
  e.append(...children.flat().filter(c => c !== undefined && c !== null));
  return e;
}

/** prose is text with `code` and [links](https://…), a paragraph for each line. */
function prose(text) {
  return (text || '').split('\n').filter(Boolean).map(line => el('p', {}, inline(line)));
}

function inline(text) {
  return text.split(/(`[^`]+`|\[[^\]]+\]\(https?:[^)]+\))/).map(part => {
    if (part.startsWith('`')) return el('code', {}, part.slice(1, -1));
    const link = part.match(/^\[([^\]]+)\]\((.+)\)$/);
    return link ? el('a', { href: link[2], rel: 'noreferrer' }, link[1]) : part;
  });
}

/** follow resolves a reference within the document. */
function follow(value) {
  const ref = value && value.$ref;
  if (!ref) return value;
  return ref.slice(2).split('/').reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], doc);
}

const refName = s => s && s.$ref ? s.$ref.split('/').pop() : '';

/** typeOf is a schema in a few words; names of schemas are links. */
function typeOf(schema) {
  if (!schema) return ['anything'];
  const name = refName(schema);
  if (name) return [el('a', { href: '#schema-' + name }, name)];
  if (schema.anyOf) return join(schema.anyOf.map(typeOf), ' or ');
  const types = [schema.type || 'anything'].flat();
  return join(types.map(type => {
    if (type === 'array') return ['list of ', ...typeOf(schema.items)];
    return [schema.format && type !== 'null' ? `${type} (${schema.format})` : type];
  }), ' or ');
}

const join = (lists, sep) => lists.flatMap((list, i) => i ? [sep, ...list] : list);

/** rules are the constraints of a schema in words. */
function rules(schema) {
  if (!schema || schema.$ref) return '';
  const out = [];
  const add = (key, words) => { if (schema[key] !== undefined) out.push(words + ' ' + schema[key]); };
  add('minLength', 'characters at least'); add('maxLength', 'characters at most');
  add('minimum', 'at least'); add('maximum', 'at most');
  add('exclusiveMinimum', 'more than'); add('exclusiveMaximum', 'less than');
  add('minItems', 'items at least'); add('maxItems', 'items at most');
  add('pattern', 'pattern'); add('default', 'default');
  if (schema.enum) out.push('one of ' + schema.enum.map(v => JSON.stringify(v)).join(', '));
  return out.join('; ');
}

/** members is a table of the members of an object. */
function members(schema) {
  const s = follow(schema) || {};
  if (!s.properties) {
    const type = el('p', { className: 'type' }, typeOf(schema));
    return s.anyOf ? el('div', {}, type, members(s.anyOf[0])) : type;
  }
  const rows = Object.entries(s.properties).map(([name, p]) => el('tr', {},
    el('td', {}, el('code', {}, name), ' ', (s.required || []).includes(name) ? el('span', { className: 'required' }, 'required') : ''),
    el('td', { className: 'type' }, typeOf(p)),
    el('td', {}, inline([p.description, rules(p)].filter(Boolean).join(' — ')))));
  return el('table', {}, el('thead', {}, el('tr', {}, ['Member', 'Type', 'About'].map(h => el('th', { scope: 'col' }, h)))), el('tbody', {}, rows));
}

/** sample is a value that fits a schema, to begin a body with. */
function sample(schema, depth = 0) {
  const s = follow(schema) || {};
  if (s.default !== undefined) return s.default;
  if (s.enum) return s.enum[0];
  if (s.anyOf) return sample(s.anyOf[0], depth + 1);
  switch ([s.type].flat()[0]) {
    case 'object':
      return depth > 3 ? {} : Object.fromEntries(Object.entries(s.properties || {}).map(([k, p]) => [k, sample(p, depth + 1)]));
    case 'array': return [];
    case 'integer': case 'number': return s.minimum ?? 0;
    case 'boolean': return false;
  }
  return { 'date-time': new Date().toISOString(), uuid: '00000000-0000-0000-0000-000000000000', duration: 'PT1H', decimal: '0' }[s.format] ?? '';
}

/** parameterRow is a parameter with the field that sets it. */
function parameterRow(p, fields) {
  const s = follow(p.schema) || {};
  const choices = s.type === 'boolean' ? ['true', 'false'] : s.enum;
  const props = { 'aria-label': p.name, required: p.required === true };
  const field = choices && s.type !== 'array'
    ? el('select', props, el('option', { value: '' }, ''), choices.map(c => el('option', {}, String(c))))
    : el('input', { ...props, type: 'text', placeholder: s.default ?? '' });
  fields.push({ p, field });
  return el('tr', {},
    el('td', {}, el('code', {}, p.name), ' ', p.required ? el('span', { className: 'required' }, 'required') : ''),
    el('td', {}, field),
    el('td', {}, inline(p.description || ''), ' ', el('span', { className: 'type' }, typeOf(s), s.enum ? '' : ' ' + rules(s))));
}

function parameterTable(list, fields) {
  return el('table', {},
    el('thead', {}, el('tr', {}, ['Parameter', 'Value', 'About'].map(h => el('th', { scope: 'col' }, h)))),
    el('tbody', {}, list.map(p => parameterRow(p, fields))));
}

/** operation is one operation: what it takes, what it answers, and a form to try it. */
function operation(path, method, item) {
  const op = item[method];
  const id = 'op-' + op.operationId;
  const box = el('details', { className: 'operation', id },
    el('summary', {}, el('span', { className: 'method ' + method }, method.toUpperCase()),
      el('span', { className: 'path' }, base + path), el('span', { className: 'gist' }, op.summary || '')));
  box.dataset.text = [method, path, op.operationId, op.summary].join(' ').toLowerCase();
  box.addEventListener('toggle', () => {
    if (box.open && box.children.length === 1) box.append(inside(path, method, item));
  });
  return box;
}

function inside(path, method, item) {
  const op = item[method];
  const all = [...(item.parameters || []), ...(op.parameters || [])].map(follow);
  const filters = all.filter(p => p.name.startsWith('filter['));
  const plain = all.filter(p => !p.name.startsWith('filter['));
  const fields = [];
  const form = el('form', { className: 'inside', noValidate: false }, prose(op.description));
  if (plain.length) form.append(el('h3', {}, 'Parameters'), parameterTable(plain, fields));
  if (filters.length) {
    form.append(el('details', { className: 'more' }, el('summary', {}, `${filters.length} filters`), parameterTable(filters, fields)));
  }
  const body = op.requestBody && follow(op.requestBody);
  let text;
  if (body) {
    const schema = body.content['application/json'].schema;
    text = el('textarea', { 'aria-label': 'Body', spellcheck: false, value: JSON.stringify(sample(schema), null, 2) });
    form.append(el('h3', {}, 'Body'), members(schema), el('p', {}, text));
  }
  form.append(el('h3', {}, 'Answers'), answers(op));
  const accept = el('select', { 'aria-label': 'Form of the answer' }, el('option', {}, 'application/json'), el('option', {}, 'application/vnd.api+json'));
  const out = el('div', { 'aria-live': 'polite' });
  form.append(el('h3', {}, 'Try it'), el('div', { className: 'actions' }, el('button', {}, 'Send'), accept), out);
  form.addEventListener('submit', event => {
    event.preventDefault();
    send(request(path, method, fields, text, accept.value), out);
  });
  return form;
}

function answers(op) {
  return el('table', {}, el('tbody', {}, Object.entries(op.responses).map(([status, ref]) => {
    const r = follow(ref);
    const content = r.content && (r.content['application/json'] || r.content['application/problem+json']);
    return el('tr', {}, el('td', {}, el('code', {}, status)), el('td', {}, r.description || ''),
      el('td', { className: 'type' }, content ? typeOf(content.schema) : ''));
  })));
}

/** request is what the fields of a form ask for. */
function request(path, method, fields, text, accept) {
  const query = new URLSearchParams();
  const headers = { Accept: accept };
  for (const { p, field } of fields) {
    if (p.in === 'path') path = path.replace(`{${p.name}}`, encodeURIComponent(field.value));
    else if (p.in === 'header') { if (field.value !== '') headers[p.name] = field.value; }
    else if (field.value !== '') query.append(p.name, field.value);
  }
  const token = document.getElementById('token').value;
  if (token) headers.Authorization = 'Bearer ' + token;
  if (text) headers['Content-Type'] = 'application/json';
  const search = query.size ? '?' + query : '';
  return { url: base + path + search, options: { method: method.toUpperCase(), headers, body: text ? text.value : undefined } };
}

/** curl is the request as a command. */
function curl({ url, options }) {
  const quote = s => `'${s.replaceAll("'", "'\\''")}'`;
  const parts = ['curl', options.method === 'GET' ? '' : '-X ' + options.method, quote(location.origin + url)];
  for (const [name, value] of Object.entries(options.headers)) {
    parts.push('-H ' + quote(`${name}: ${name === 'Authorization' ? 'Bearer …' : value}`));
  }
  if (options.body) parts.push('-d ' + quote(options.body));
  return parts.filter(Boolean).join(' ');
}

async function send(req, out) {
  const begin = performance.now();
  try {
    const res = await fetch(req.url, req.options);
    const text = await res.text();
    const took = Math.round(performance.now() - begin);
    const headers = ['location', 'etag', 'retry-after', 'www-authenticate'].filter(h => res.headers.has(h)).map(h => `${h}: ${res.headers.get(h)}`);
    out.replaceChildren(
      el('p', { className: res.ok ? '' : 'failed' }, `${res.status} ${res.statusText}, ${took} ms, ${text.length} characters`),
      headers.length ? el('pre', {}, headers.join('\n')) : '', text ? el('pre', { tabIndex: 0 }, pretty(text)) : '',
      el('details', { className: 'more' }, el('summary', {}, 'curl'), el('pre', { tabIndex: 0 }, curl(req))));
  } catch (error) {
    out.replaceChildren(el('p', { className: 'failed' }, String(error)));
  }
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

/** show builds the page from the document. */
function show() {
  document.title = doc.info.title;
  document.getElementById('title').textContent = doc.info.title;
  document.getElementById('version').textContent = doc.info.version;
  document.getElementById('about').replaceChildren(...prose(doc.info.description), el('p', {}, el('a', { href: source }, 'OpenAPI document')));
  const content = document.getElementById('content');
  const toc = document.getElementById('toc');
  content.replaceChildren();
  for (const tag of doc.tags) {
    const entries = Object.entries(doc.paths).flatMap(([path, item]) =>
      methods.filter(m => item[m] && item[m].tags.includes(tag.name)).map(m => [path, m, item]));
    const boxes = entries.map(e => operation(...e));
    content.append(el('section', { className: 'group' }, el('h2', { id: 'tag-' + tag.name }, tag.name), prose(tag.description), boxes));
    toc.append(el('section', {}, el('h2', {}, tag.name), el('ul', {}, entries.map(([path, m, item], i) =>
      el('li', {}, el('a', { href: '#' + boxes[i].id }, el('span', { className: 'method ' + m }, m.toUpperCase() + ' '), path))))));
  }
  content.append(el('h2', { id: 'schemas' }, 'Schemas'), ...Object.entries(doc.components.schemas).map(([name, s]) =>
    el('details', { className: 'schema', id: 'schema-' + name }, el('summary', {}, el('code', {}, name)),
      el('div', { className: 'inside' }, prose(s.description), members(s)))));
  content.append(el('h2', { id: 'problems' }, 'Problems'), el('table', {}, el('tbody', {}, Object.entries(doc.components.responses).map(([code, r]) =>
    el('tr', { id: 'problem-' + code }, el('td', {}, el('code', {}, code)), el('td', {}, r.description))))));
  content.removeAttribute('aria-busy');
}

/** goTo opens what the address names. */
function goTo() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.tagName === 'DETAILS') target.open = true;
  target.scrollIntoView();
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const box of document.querySelectorAll('details.operation')) {
    const hidden = !words.every(w => box.dataset.text.includes(w));
    box.hidden = hidden;
    document.querySelector(`#toc a[href="#${box.id}"]`).parentElement.hidden = hidden;
  }
  for (const group of document.querySelectorAll('section.group, #toc section')) {
    group.hidden = !group.querySelector('details:not([hidden]), li:not([hidden])');
  }
}

document.getElementById('find').addEventListener('input', event => find(event.target.value));
const token = document.getElementById('token');
token.value = sessionStorage.getItem('conga-token') || '';
token.addEventListener('input', () => sessionStorage.setItem('conga-token', token.value));
addEventListener('hashchange', goTo);

try {
  const res = await fetch(source, { headers: { Accept: 'application/json' } });
  if (!res.ok) throw new Error(`${source}: ${res.status}`);
  doc = await res.json();
  show();
  goTo();
} catch (error) {
  document.getElementById('content').replaceChildren(el('p', { className: 'failed', role: 'alert' }, String(error)));
}
