// The page for trying out the API: an editor, the answer, and the schema. It
// loads nothing from elsewhere.
const $ = (id) => document.getElementById(id);
const endpoint = new URL(document.body.dataset.endpoint, location.href);
const query = $("query"), result = $("result"), status = $("status"), run = $("run");
let schema = null;
let stop = null; // ends what is running

// --- what was typed stays for this tab -----------------------------------

const kept = ["query", "variables", "headers", "token"];
const welcome = `# Ctrl+Enter runs the operation at the cursor.
# Ctrl+Space shows what fits.

query {
  __typename
}
`;
for (const id of kept) {
  $(id).value = sessionStorage.getItem("graphql:" + id) ?? (id === "query" ? welcome : "");
  $(id).addEventListener("input", () => sessionStorage.setItem("graphql:" + id, $(id).value));
}

// --- colours ----------------------------------------------------------------

const escape = (s) => s.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
const span = (kind, s) => `<span class="${kind}">${escape(s)}</span>`;
const tokens = /(#[^\n]*)|("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"?)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(\$\w+|@\w+|\b(?:query|mutation|subscription|fragment|on|true|false|null)\b)|(\w+)(?=\s*:)/g;

function paint() {
  let out = "", at = 0;
  const text = query.value;
  for (const m of text.matchAll(tokens)) {
    out += escape(text.slice(at, m.index));
    const kind = m[1] ? "c" : m[2] ? "s" : m[3] ? "n" : m[4] ? "w" : "k";
    out += span(kind, m[0]);
    at = m.index + m[0].length;
  }
  $("paint").innerHTML = out + escape(text.slice(at)) + "\n";
  follow();
}
function follow() {
  $("paint").scrollTop = query.scrollTop;
  $("paint").scrollLeft = query.scrollLeft;
}
query.addEventListener("input", paint);
query.addEventListener("scroll", follow);

function json(value) {
  const text = JSON.stringify(value, null, 2);
  return text.replace(/("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[&<>]/g,
    (all, text, colon) => text ? (colon ? span("k", text) + colon : span("s", text)) : /^[&<>]$/.test(all) ? escape(all) : span(/\d/.test(all) ? "n" : "w", all));
}

// --- running ------------------------------------------------------------------

function operations(text) {
  const bare = text.replace(/#[^\n]*|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"/g, (s) => " ".repeat(s.length));
  const found = [];
  let depth = 0;
  for (const m of bare.matchAll(/[{}()]|\b(query|mutation|subscription|fragment)\b\s*(\w*)/g)) {
    if (m[0] === "{" || m[0] === "(") {
      if (depth === 0 && m[0] === "{" && !found.some((o) => o.open)) found.push({ kind: "query", name: "", at: m.index, open: true });
      depth++;
    } else if (m[0] === "}" || m[0] === ")") {
      depth--;
      if (depth === 0 && m[0] === "}") for (const o of found) { if (o.open) { o.open = false; o.end = m.index; } }
    } else if (depth === 0) {
      found.push({ kind: m[1], name: m[2], at: m.index, open: true });
    }
  }
  return found.filter((o) => o.kind !== "fragment");
}

function read(id) {
  const text = $(id).value.trim();
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch (e) {
    throw new Error(`The ${id} are no JSON: ${e.message}`);
  }
}

function credentials() {
  const token = $("token").value.trim();
  return token ? { Authorization: /\s/.test(token) ? token : "Bearer " + token } : {};
}

async function post(payload, signal) {
  const response = await fetch(endpoint, {
    method: "POST", signal, credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...credentials(), ...read("headers") },
    body: JSON.stringify(payload),
  });
  const text = await response.text();
  try {
    return { code: response.status, size: text.length, value: JSON.parse(text) };
  } catch {
    throw new Error(`${response.status} ${response.statusText}\n${text}`);
  }
}

function busy(end) {
  stop = end;
  run.textContent = end ? "Stop" : "Run";
  run.classList.toggle("running", !!end);
}

async function execute() {
  if (stop) { stop(); return; }
  try {
    const all = operations(query.value), at = query.selectionStart;
    const chosen = all.find((o) => at >= o.at && at <= (o.end ?? Infinity)) ?? all[0];
    const payload = { query: query.value, variables: read("variables"), operationName: chosen?.name || undefined };
    if (chosen?.kind === "subscription") { subscribe(payload); return; }
    const abort = new AbortController();
    busy(() => abort.abort());
    const begin = performance.now();
    const answer = await post(payload, abort.signal);
    result.innerHTML = json(answer.value);
    status.textContent = `${answer.code} · ${Math.round(performance.now() - begin)} ms · ${answer.size.toLocaleString()} bytes`;
  } catch (e) {
    fail(e.name === "AbortError" ? "stopped" : e.message);
  }
  busy(null);
}

function fail(message) {
  result.innerHTML = span("e", message);
  status.textContent = "";
}

function subscribe(payload) {
  const url = new URL(endpoint);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, "graphql-transport-ws");
  let events = 0;
  const send = (message) => socket.send(JSON.stringify(message));
  const show = (value) => {
    if (events++ === 0) result.innerHTML = "";
    result.insertAdjacentHTML("afterbegin", `<span class="event">${span("c", "# " + new Date().toLocaleTimeString())}\n${json(value)}</span>`);
    while (result.children.length > 200) result.lastElementChild.remove();
    status.textContent = events + (events === 1 ? " event" : " events");
  };
  busy(() => {
    if (socket.readyState === WebSocket.OPEN) send({ id: "1", type: "complete" });
    socket.close(1000);
  });
  result.innerHTML = span("c", "# waiting for events");
  status.textContent = "connecting";
  socket.onopen = () => send({ type: "connection_init", payload: credentials() });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    switch (message.type) {
      case "connection_ack": status.textContent = "subscribed"; send({ id: "1", type: "subscribe", payload }); break;
      case "ping": send({ type: "pong" }); break;
      case "next": show(message.payload); break;
      case "error": show({ errors: message.payload }); break;
      case "complete": socket.close(1000); break;
    }
  };
  socket.onclose = (e) => {
    if (e.code !== 1000) fail(`The connection ended: ${e.reason || e.code}`);
    else status.textContent = `ended · ${events} events`;
    busy(null);
  };
}

// --- the editor -------------------------------------------------------------

function replace(from, to, text, cursor = from + text.length) {
  query.focus();
  query.setSelectionRange(from, to);
  // execCommand keeps the undo history, which setRangeText does not.
  if (!document.execCommand("insertText", false, text)) query.setRangeText(text, from, to, "end");
  query.setSelectionRange(cursor, cursor);
  query.dispatchEvent(new Event("input"));
}

// format breaks lines at braces, and keeps arguments on one line.
function format(text) {
  let out = "", depth = 0, inner = 0, fresh = true; // fresh: no space before what follows
  const line = () => { out = out.trimEnd() + "\n" + "  ".repeat(depth); fresh = true; };
  for (const [token] of text.matchAll(/#[^\n]*|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|[{}()[\]:,!=|&]|\.\.\.\s*on\b|\.\.\.|[$@]?[\w.+-]+/g)) {
    const t = token.replace(/^\.\.\.\s+on$/, "... on").replace("...on", "... on");
    if (t[0] === "#") {
      out += (fresh ? "" : " ") + t;
      line();
    } else if (inner && "}])".includes(t)) {
      inner--;
      out += t === "}" ? " }" : t;
      fresh = false;
    } else if (t === "(" || t === "[" || (inner && t === "{")) {
      inner++;
      out += (fresh || t === "(" ? "" : " ") + t + (t === "{" ? " " : "");
      fresh = true;
    } else if (t === "{") {
      out += fresh ? "{" : " {";
      depth++;
      line();
    } else if (t === "}") {
      depth = Math.max(0, depth - 1);
      line();
      out += "}";
      line();
      if (!depth) out += "\n";
    } else if (":!,".includes(t)) {
      out += t;
      fresh = false;
    } else {
      const goesOn = /(\bon|:|@\w+)\s*$/.test(out) || t[0] === "@";
      if (!inner && depth && !fresh && !goesOn) line();
      out += (fresh ? "" : " ") + t;
      fresh = t === "...";
    }
  }
  return out.trim() + "\n";
}

query.addEventListener("keydown", (e) => {
  if (hintsKey(e)) return;
  if (e.key === "Tab" && !e.ctrlKey && !e.altKey && !e.shiftKey) { e.preventDefault(); replace(query.selectionStart, query.selectionEnd, "  "); }
  if (e.key === "Enter" && !e.ctrlKey && !e.metaKey) {
    const before = query.value.slice(0, query.selectionStart), indent = /(?:^|\n)([ \t]*)[^\n]*$/.exec(before)[1];
    const open = /[{(]\s*$/.test(before), close = /^\s*[})]/.test(query.value.slice(query.selectionEnd));
    e.preventDefault();
    const head = "\n" + indent + (open ? "  " : ""), at = query.selectionStart + head.length;
    replace(query.selectionStart, query.selectionEnd, head + (open && close ? "\n" + indent : ""), at);
  }
  if (e.key === "{" || e.key === "(") {
    e.preventDefault();
    replace(query.selectionStart, query.selectionEnd, e.key + (e.key === "{" ? "}" : ")"), query.selectionStart + 1);
  }
});
addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && e.key === "Enter") { e.preventDefault(); execute(); }
  if ((e.ctrlKey || e.metaKey) && e.shiftKey && e.key.toLowerCase() === "f") { e.preventDefault(); $("format").click(); }
});
run.addEventListener("click", execute);
$("format").addEventListener("click", () => replace(0, query.value.length, format(query.value), 0));
for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => {
    for (const t of document.querySelectorAll("[role=tab]")) {
      t.setAttribute("aria-selected", t === tab);
      $(t.dataset.pane).hidden = t !== tab;
    }
  });
}

// --- what fits at the cursor ----------------------------------------------

const bareType = (t) => { while (t?.ofType) t = t.ofType; return t; };
const typeText = (t) => t.kind === "NON_NULL" ? typeText(t.ofType) + "!" : t.kind === "LIST" ? `[${typeText(t.ofType)}]` : t.name;
const named = (name) => schema?.types.find((t) => t.name === name);

// place walks over the text before the cursor and finds the type whose fields,
// or the field whose arguments, fit there.
function place(text) {
  const stack = [];
  let pending = null, type = null, at = 0;
  const skip = /#[^\n]*|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"/y;
  const token = /\.\.\.\s*(?:on\s+(\w+))?|\b(query|mutation|subscription)\b|\bfragment\s+\w+\s+on\s+(\w+)|[\w]+\s*:\s*(?=\w)|\w+|[{}()]/y;
  while (at < text.length) {
    skip.lastIndex = at;
    if (skip.test(text)) { at = skip.lastIndex; continue; }
    token.lastIndex = at;
    const m = token.exec(text);
    if (!m) { at++; continue; }
    at = token.lastIndex;
    const t = m[0];
    const top = stack.at(-1);
    if (t === "{") {
      if (top?.args) { stack.push({ args: true, fields: bareType(top.next)?.name }); continue; }
      stack.push({ type: stack.length ? pending ?? type : pending ?? named(schema?.queryType?.name) });
      type = stack.at(-1).type; pending = null;
    } else if (t === "(") {
      stack.push({ args: true, of: stack.length ? top?.last : null, type });
    } else if (t === "}" || t === ")") {
      stack.pop();
      type = stack.at(-1)?.type ?? null;
    } else if (m[2]) pending = named(schema?.[m[2] + "Type"]?.name);
    else if (m[1] || m[3]) pending = named(m[1] ?? m[3]);
    else if (top && !top.args && /^\w+$/.test(t)) {
      const f = top.type?.fields?.find((f) => f.name === t);
      if (f) { top.last = f; pending = named(bareType(f.type)?.name); }
    } else if (top?.args) {
      const name = /^\w+/.exec(t)[0], list = top.of?.args ?? named(top.fields)?.inputFields;
      top.next = list?.find((a) => a.name === name)?.type ?? top.next;
    }
  }
  return stack.at(-1);
}

let hints = [], picked = 0, word = "";
function suggest() {
  const before = query.value.slice(0, query.selectionStart);
  word = /[\w]*$/.exec(before)[0];
  const head = before.slice(0, before.length - word.length), here = place(head);
  let list = [];
  if (!here) list = ["query", "mutation", "subscription", "fragment"].map((name) => ({ name, note: "" }));
  else if (here.args && /:\s*\[?\s*$/.test(head)) list = (named(bareType(here.next)?.name)?.enumValues ?? []).map((v) => ({ name: v.name, note: v.description ?? "" }));
  else if (here.args) list = (here.of?.args ?? named(here.fields)?.inputFields ?? []).map((a) => ({ name: a.name + ": ", note: typeText(a.type) }));
  else list = [...(here.type?.fields ?? []), { name: "__typename", type: { name: "String" } }].map((f) => ({ name: f.name, note: typeText(f.type) }));
  hints = list.filter((h) => h.name.toLowerCase().startsWith(word.toLowerCase()) && h.name !== word).slice(0, 50);
  picked = 0;
  showHints(before);
}
function showHints(before) {
  const box = $("hints");
  box.hidden = !hints.length;
  if (!hints.length) return;
  box.innerHTML = hints.map((h, i) => `<li role="option" aria-selected="${i === picked}">${escape(h.name)}<small>${escape(h.note)}</small></li>`).join("");
  box.children[picked].scrollIntoView({ block: "nearest" });
  const lines = before?.split("\n");
  if (lines) {
    box.style.setProperty("left", Math.min(12.8 + (lines.at(-1).length - word.length) * 7.8 - query.scrollLeft, query.clientWidth - 180) + "px");
    box.style.setProperty("top", 14 + lines.length * 20.15 - query.scrollTop + "px");
  }
}
function closeHints() { hints = []; $("hints").hidden = true; }
function pick() {
  const h = hints[picked], at = query.selectionStart;
  closeHints();
  replace(at - word.length, at, h.name);
}
function hintsKey(e) {
  if (e.key === " " && (e.ctrlKey || e.metaKey)) { e.preventDefault(); suggest(); return true; }
  if (!hints.length) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (step) { picked = (picked + step + hints.length) % hints.length; showHints(); }
  else if (e.key === "Enter" || e.key === "Tab") pick();
  else { if (e.key === "Escape") closeHints(); return e.key === "Escape"; }
  e.preventDefault();
  return true;
}
query.addEventListener("input", () => { if (schema && /[A-Za-z_]$/.test(query.value.slice(0, query.selectionStart))) suggest(); else closeHints(); });
query.addEventListener("blur", () => setTimeout(closeHints, 150));
$("hints").addEventListener("mousedown", (e) => {
  const li = e.target.closest("li");
  if (!li) return;
  e.preventDefault();
  picked = [...li.parentNode.children].indexOf(li);
  pick();
});

// --- documentation -----------------------------------------------------------

const ref = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const introspection = `{ __schema { queryType { name } mutationType { name } subscriptionType { name } types {
  kind name description fields(includeDeprecated: true) { name description isDeprecated args { name description defaultValue type { ${ref} } } type { ${ref} } }
  inputFields { name description defaultValue type { ${ref} } } enumValues(includeDeprecated: true) { name description } possibleTypes { name } } } }`;
const trail = [];

const typeLink = (t) => t.kind === "NON_NULL" ? typeLink(t.ofType) + "!" : t.kind === "LIST" ? `[${typeLink(t.ofType)}]` : `<button data-type="${escape(t.name)}">${escape(t.name)}</button>`;
const about = (text) => text ? `<dd>${escape(text)}</dd>` : "";
function member(f) {
  const args = f.args?.length ? "(" + f.args.map((a) => `${escape(a.name)}: ${typeLink(a.type)}${a.defaultValue ? " = " + escape(a.defaultValue) : ""}`).join(", ") + ")" : "";
  return `<dt>${escape(f.name)}${args}: ${typeLink(f.type)}${f.defaultValue ? " = " + escape(f.defaultValue) : ""}</dt>${about(f.description)}`;
}
function typeDoc(t) {
  const list = (title, items, show) => items?.length ? `<h3>${title}</h3><dl>${items.map(show).join("")}</dl>` : "";
  return `<h2>${escape(t.name)}</h2><p>${escape(t.description ?? "")}</p>`
    + list("Fields", t.fields, member) + list("Input fields", t.inputFields, member)
    + list("Values", t.enumValues, (v) => `<dt>${escape(v.name)}</dt>${about(v.description)}`)
    + list("Types", t.possibleTypes, (p) => `<dt>${typeLink(p)}</dt>`);
}
function showDoc() {
  if (!schema) return;
  const wanted = $("search").value.trim().toLowerCase();
  const roots = ["queryType", "mutationType", "subscriptionType"].map((k) => schema[k]).filter(Boolean);
  const own = schema.types.filter((t) => !t.name.startsWith("__"));
  $("trail").innerHTML = ["Schema", ...trail].map((n, i) => `<button data-back="${i}">${escape(n)}</button>`).join("");
  if (wanted) {
    const hits = own.flatMap((t) => [
      ...(t.name.toLowerCase().includes(wanted) ? [`<dt>${typeLink(t)}</dt>`] : []),
      ...[...(t.fields ?? []), ...(t.inputFields ?? [])].filter((f) => f.name.toLowerCase().includes(wanted)).map((f) => `<dt>${typeLink(t)}.${escape(f.name)}: ${typeLink(f.type)}</dt>`),
    ]);
    $("doc").innerHTML = `<dl>${hits.slice(0, 200).join("") || "<dd>Nothing is called like that.</dd>"}</dl>`;
  } else if (trail.length) {
    $("doc").innerHTML = typeDoc(named(trail.at(-1)));
  } else {
    $("doc").innerHTML = `<h3>Operations</h3><dl>${roots.map((t) => `<dt>${typeLink(t)}</dt>`).join("")}</dl><h3>Types</h3><dl>${own
      .filter((t) => !roots.some((r) => r.name === t.name)).map((t) => `<dt>${typeLink(t)}</dt>`).join("")}</dl>`;
  }
}
$("docs").addEventListener("click", (e) => {
  const { type, back } = e.target.dataset;
  if (type) { trail.push(type); $("search").value = ""; }
  else if (back) trail.length = Number(back);
  else return;
  showDoc();
  $("doc").scrollTop = 0;
});
$("search").addEventListener("input", showDoc);
$("toggle").addEventListener("click", () => {
  $("docs").hidden = !$("docs").hidden;
  $("toggle").setAttribute("aria-expanded", !$("docs").hidden);
});

async function load() {
  try {
    const { value } = await post({ query: introspection });
    schema = value.data?.__schema ?? null;
    $("doc").innerHTML = schema ? "" : `<p>${escape(value.errors?.[0]?.message ?? "The schema is not shown.")}</p>`;
    showDoc();
  } catch (e) {
    $("doc").innerHTML = `<p>${escape(e.message)}</p>`;
  }
}
$("token").addEventListener("change", load);
paint();
load();
