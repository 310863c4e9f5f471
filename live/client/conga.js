// The browser's side of a Conga live page. It speaks conga/1 (see PROTOCOL.md):
// it joins the page over a WebSocket, sends what the user does as events, and
// morphs the server's renderings into the document without losing what belongs
// to the user: focus, caret, half-typed text, scroll positions, open details.
//
// One module, no dependencies, no eval, no inline code; it starts itself when
// the document holds an element with the id "conga". Sections, in order:
//
//   1 settings and log     5 morph               9 forms
//   2 statics              6 streams            10 navigation
//   3 the tree of values   7 connection         11 hooks
//   4 from HTML to nodes   8 events             12 start
//
// A page's own script adds hooks before or after this module has run:
//
//   const conga = (window.conga ??= {});
//   (conga.hooks ??= {}).Chart = { mounted() { this.el; this.pushEvent("x", {}) } };

// --- 1. Settings and log ------------------------------------------------------

/**
 * Public face of the client, also exported. A page may have set `hooks` and `config` before; without that,
 * window.conga is the element with that id (named access), which may have been given them just as well.
 */
const early = window.conga;
const conga = early instanceof Element ? { hooks: early.hooks, config: early.config } : early ?? {};
window.conga = conga;
conga.hooks ??= {};

/** Times in milliseconds. A page overrides single ones with window.conga = {config: {…}}. */
const config = {
  backoff: [10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000], // between two attempts to connect
  rejoin: [1000, 2000, 5000, 10000], // after a refused join that names no time
  joinTimeout: 10000,
  steady: 5000, // a session that lasts so long makes the backoff start anew
  heartbeat: 25000,
  reload: [5000, 10000], // second failsafe reload in a row: after a random time between these two
  reloadMany: 30000, // the same after ten reloads that did not help
  joinAttempts: 5, // refused joins before the failsafe reload
  debounce: 300, // for phx-debounce without a value
  ...conga.config,
};

const store = {
  get(key) { try { return sessionStorage.getItem("conga:" + key); } catch { return null; } },
  set(key, value) { try { sessionStorage.setItem("conga:" + key, value); } catch { /* private mode */ } },
  drop(key) { try { sessionStorage.removeItem("conga:" + key); } catch { /* private mode */ } },
};

let debugging = store.get("debug") === "true";
let latency = Number(store.get("latency")) || 0;

function log(...args) {
  if (debugging) console.debug("conga:", ...args);
}

const idOf = (node) => node.getAttribute?.("id") || undefined; // form.id may be an input named "id"
const attr = (el, name) => el.getAttribute?.("phx-" + name) ?? null;
const jitter = (ms) => ms * (0.75 + Math.random() / 2);
const dispatch = (name, detail) => window.dispatchEvent(new CustomEvent("phx:" + name, { detail }));

// --- 2. Statics ---------------------------------------------------------------
//
// A block's static strings are read once by a small tokenizer that answers two
// questions about each slot: does it stand in text (or in a tag, an attribute, a
// script)? And which is the innermost element with an id around it? The second
// makes the smallest region that can be rendered and morphed by itself.

const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
const RAW = new Set("script style textarea title xmp iframe noembed noframes noscript".split(" "));

/** Blocks of the page's statics document: {statics, text: [bool per slot], region: [per slot], balanced}. */
let blocks = [];
const staticsCache = new Map(); // address → promise of blocks

function loadStatics(address) {
  if (!staticsCache.has(address)) {
    const loading = fetch(address, { credentials: "same-origin" }).then(async (answer) => {
      if (!answer.ok) throw new Error(`statics: status ${answer.status}`);
      return (await answer.json()).blocks.map(analyse);
    });
    loading.catch(() => staticsCache.delete(address));
    staticsCache.set(address, loading);
  }
  return staticsCache.get(address);
}

function analyse(statics) {
  const block = { statics, text: [], region: [], balanced: true };
  const open = []; // elements begun and not yet ended
  let state = "text"; // text, tag, quote, raw, comment
  let tag = null, quote = "", word = "", foreign = 0;

  function begin(match, i, at) {
    tag = { close: match[1] === "/", name: match[2].toLowerCase(), from: [i, at], id: false, self: false };
    state = "tag";
    word = "";
  }
  function endTag(i, at) {
    state = "text";
    if (tag.close) {
      const el = open.pop();
      if (el?.name !== tag.name) return void (block.balanced = false);
      foreign -= el.foreign;
      if (el.id && !foreign) close(el, i, at);
      return;
    }
    if (VOID.has(tag.name) || (foreign && tag.self)) return;
    tag.foreign = tag.name === "svg" || tag.name === "math" ? 1 : 0;
    foreign += tag.foreign;
    open.push(tag);
    if (RAW.has(tag.name) && !foreign) state = "raw";
  }
  function close(el, i, at) {
    const region = { from: el.from, to: [i, at] };
    for (let slot = el.from[0]; slot < i; slot++) block.region[slot] ??= region;
  }

  statics.forEach((s, i) => {
    let p = 0;
    while (p < s.length) {
      if (state === "text") {
        const lt = s.indexOf("<", p);
        if (lt < 0) break;
        const match = /^<(\/?)([a-zA-Z][^\s/>]*)/.exec(s.slice(lt, lt + 64));
        if (match) begin(match, i, lt);
        else if (s.startsWith("<!--", lt)) state = "comment";
        p = lt + (match ? match[0].length : 1);
      } else if (state === "comment") {
        const end = s.indexOf("-->", p);
        if (end < 0) break;
        state = "text";
        p = end + 3;
      } else if (state === "raw") {
        const end = s.toLowerCase().indexOf("</" + tag.name, p);
        if (end < 0) break;
        begin([, "/", tag.name], i, end);
        p = end + 2 + tag.name.length;
      } else if (state === "quote") {
        const end = s.indexOf(quote, p);
        if (end < 0) break;
        state = "tag";
        p = end + 1;
      } else {
        const c = s[p++];
        if (/[\s/>=]/.test(c)) {
          if (word.toLowerCase() === "id") tag.id = true;
          word = c === "=" ? "=" : ""; // after "=" comes a value, never a name
          if (c === ">") endTag(i, p);
          else tag.self = c === "/";
        } else if ((c === '"' || c === "'") && word === "=") {
          quote = c;
          state = "quote";
          word = "";
        } else word += c;
      }
    }
    if (i < statics.length - 1) block.text.push(state === "text");
  });
  if (open.length || state !== "text") block.balanced = false;
  if (!block.balanced) block.region = [];
  return block;
}

// --- 3. The tree of values ----------------------------------------------------
//
// Node kinds: string | null | {block, values} | {rows: [{key, block, values}]} |
// {ops, anchor} for a stream, whose rows live in the document only.

function decode(value) {
  if (typeof value === "string" || value === null || value === undefined) return value ?? null;
  if (Array.isArray(value)) return decodeInstance(value);
  if (value.rows) return { rows: value.rows.map(([key, instance]) => decodeRow(key, instance)) };
  return { ops: value.stream ?? [], fresh: true, anchor: null };
}
const decodeInstance = ([block, ...values]) => ({ block, values: values.map(decode) });
const decodeRow = (key, instance) => ({ key, ...decodeInstance(instance) });

/**
 * Applies a diff to an instance. `changes.regions` collects what has to be
 * rendered again, `changes.streams` the streams that got operations.
 * @param scope the region that is rendered when this instance has no smaller one
 */
function applyDiff(instance, diff, path, scope, changes) {
  const scopes = new Map();
  for (const slot of Object.keys(diff)) {
    const i = Number(slot), change = diff[slot], here = `${path}.${i}`;
    const region = blocks[instance.block].region[i];
    let inner = scope;
    if (region) {
      if (!scopes.has(region)) scopes.set(region, { instance, region, path, parent: scope });
      inner = scopes.get(region);
    }
    const current = instance.values[i];
    if (change === null || typeof change !== "object" || Array.isArray(change) || change.rows) {
      instance.values[i] = decode(change);
      changes.regions.add(inner);
    } else if (change.ops) {
      applyListOps(current, change.ops, here, inner, changes);
    } else if (change.stream) {
      if (current?.ops) {
        current.ops.push(...change.stream);
        changes.streams.push([current, here]);
      } else {
        instance.values[i] = decode(change);
        changes.regions.add(inner);
      }
    } else {
      applyDiff(current, change, here, inner, changes);
    }
  }
}

function applyListOps(list, ops, path, scope, changes) {
  const rows = [];
  for (const [op, a, b] of ops) {
    if (op === "=") {
      for (let i = a; i < a + b; i++) rows.push(list.rows[i]);
    } else if (op === "~") {
      const row = list.rows[a];
      row.clean = false;
      applyDiff(row, b, `${path}[${row.key}]`, scope, changes);
      rows.push(row);
    } else rows.push(decodeRow(a, b));
  }
  const moved = rows.length !== list.rows.length || rows.some((row, i) => row !== list.rows[i]);
  list.rows = rows;
  if (moved) changes.regions.add(scope);
}

// Building HTML. Where a slot stands in text, comments mark which nodes come from
// which slot or row; `annotate` turns them into entries of `origins`, so that the
// morph never mistakes, say, a flash message for the form that it is shown before.

//
// Rows that are shown as they are already (`clean`) are not written at all: a
// comment stands for each, and the morph keeps its element.

function newWriter() {
  return { out: [], marks: [], balanced: true, whole: settled !== null };
}
const openMark = (w, mark) => w.out.push(`<!--conga:${w.marks.push(mark) - 1}-->`);
const closeMark = (w) => w.out.push("<!--conga:-->");

function writeInstance(w, instance, path, text, region) {
  const block = blocks[instance.block], last = block.statics.length - 1;
  if (text && !block.balanced) w.balanced = false;
  const [i0, p0] = region?.from ?? [0, 0];
  const [i1, p1] = region?.to ?? [last, block.statics[last].length];
  for (let i = i0; i <= i1; i++) {
    w.out.push(block.statics[i].slice(i === i0 ? p0 : 0, i === i1 ? p1 : undefined));
    if (i < i1) writeValue(w, instance.values[i], `${path}.${i}`, text && block.text[i]);
  }
}

function writeValue(w, value, path, text) {
  if (value === null) return;
  if (typeof value === "string") {
    const marked = text && value.includes("<");
    if (marked) openMark(w, { origin: path });
    w.out.push(value);
    if (marked) closeMark(w);
  } else if (value.rows) {
    for (const row of value.rows) writeRow(w, row, path, text);
  } else if (value.ops) {
    if (value.fresh) for (const row of foldRows([], value.ops)) writeRow(w, row, path, text, value);
    if (text) openMark(w, { origin: path, anchor: value, fresh: value.fresh });
  } else {
    if (text) openMark(w, { origin: path });
    writeInstance(w, value, path, text);
    if (text) closeMark(w);
  }
}

function writeRow(w, row, path, text, stream) {
  const here = `${path}[${row.key}]`;
  if (text && !stream && row.clean && !w.whole && root.contains(row.el)) return openMark(w, { keep: row });
  if (text) openMark(w, { origin: here, stream, row, roots: 0 });
  writeInstance(w, row, here, text);
  if (text) closeMark(w);
}

// --- 4. From HTML to nodes ----------------------------------------------------

/**
 * Node → {origin, owner?, anchor?, keep?}: the slot or row that a node comes from; the mark of the
 * row {row, stream?} around; and, for comments, the stream that ends or the row that stands there.
 */
const origins = new WeakMap();
const STATIC = { origin: "" }; // from the static text around it

function parse(w) {
  const template = document.createElement("template");
  template.innerHTML = w.out.join("");
  if (w.marks.length) {
    annotate(template.content, w.marks);
    template.content.normalize();
  }
  return template.content;
}

function annotate(parent, marks) {
  const open = [];
  for (let node = parent.firstChild, next; node; node = next) {
    next = node.nextSibling;
    if (node.nodeType === Node.COMMENT_NODE && node.data.startsWith("conga:")) {
      const mark = marks[Number(node.data.slice(6) || NaN)];
      if (mark?.anchor || mark?.keep) {
        node.data = "";
        origins.set(node, mark);
        continue;
      }
      if (mark) open.push(mark);
      else open.pop();
      node.remove();
    } else if (open.length) {
      const owner = open.find((m) => m.row);
      if (owner && !isSpace(node)) owner.roots++;
      if (node.nodeType === Node.ELEMENT_NODE) origins.set(node, { origin: open.at(-1).origin, owner });
    }
    if (node.firstChild) annotate(node, marks);
  }
}

// --- 5. Morph -----------------------------------------------------------------
//
// Rules. An element keeps its identity when it has the same id, or else comes
// from the same slot or row with the same tag. A focused text input keeps its
// value and caret. Other inputs follow the server when the server's value
// changed. Elements that wait for an answer (locked) and text under composition
// are left alone and rendered again later. A stream's rows are never touched.

let root = null; // the live element
let tree = null; // {block: 0, values}, null before the first join
let dirty = false; // something was left out; render all when a lock ends
let composing = null; // the element whose text an input method is composing
let settled = null; // Map input → value at submit, while a submit's answer is applied
const owed = new WeakSet(); // inputs whose server value came while the user was editing them
const openState = new WeakMap(); // details or dialog → open attribute as the server last said

/** What one pass over the document did, for hooks; see `patch`. */
let work = null;

const isTextInput = (el) =>
  el.localName === "textarea" ||
  (el.localName === "input" && !["checkbox", "radio", "hidden", "button", "submit", "reset", "image", "file"].includes(el.type));

/** The rows around el differ from what the tree says: the next rendering has to write them. */
function spoil(el) {
  for (let up = el; up && up !== root; up = up.parentElement) {
    const owner = origins.get(up)?.owner;
    if (owner) owner.row.clean = false;
  }
}

/** Notes that el now is what `next` was made for. */
function settleIn(el, mark) {
  origins.set(el, mark);
  if (mark.owner?.roots === 1) Object.assign(mark.owner.row, { el, clean: true });
}

function isBusy(el) {
  return locks.has(el) || el === composing;
}

function morphElement(el, next) {
  if (isBusy(el)) {
    dirty = true;
    return spoil(el);
  }
  const hook = mountedHooks.get(el);
  const changed = hook && !el.isEqualNode(next);
  if (changed) callHook(hook, "beforeUpdate");
  settleIn(el, origins.get(next) ?? STATIC);

  if (attr(next, "update") === "ignore") {
    for (const { name, value } of next.attributes) {
      if (name.startsWith("data-") && el.getAttribute(name) !== value) el.setAttribute(name, value);
    }
  } else {
    const sync = FORM_STATE[el.localName]?.(el, next);
    morphAttributes(el, next);
    if (el.localName === "template") {
      if (el.innerHTML !== next.innerHTML) el.innerHTML = next.innerHTML;
    } else if (isEditedContent(el)) spoil(el);
    else if (el.localName !== "noscript" && el.localName !== "textarea") morphChildren(el, next);
    sync?.();
  }
  if (changed) work.updated.add(hook);
}

function isEditedContent(el) {
  const active = document.activeElement;
  return el.isContentEditable && active?.isContentEditable && active.contains(el);
}

function morphAttributes(el, next) {
  for (const { name, value, namespaceURI } of next.attributes) {
    if (el.getAttribute(name) === value) continue;
    if (namespaceURI) el.setAttributeNS(namespaceURI, name, value);
    else el.setAttribute(name, value);
  }
  if (el.attributes.length === next.attributes.length) return;
  for (const { name } of [...el.attributes]) if (!next.hasAttribute(name)) el.removeAttribute(name);
}

/** By tag: called before attributes and children are morphed; the answer, if any, is called after. */
const FORM_STATE = {
  form(el, next) {
    if (triggers(next)) settled = null; // what the user entered is about to be posted
    return null;
  },
  input(el, next) {
    if (el.type !== next.type) return null;
    if (el.type === "checkbox" || el.type === "radio") {
      const changed = el.defaultChecked !== next.defaultChecked || settled?.has(el);
      return () => { if (changed) el.checked = next.defaultChecked; };
    }
    if (!isTextInput(el)) return null;
    const bound = el.hasAttribute("value") || next.hasAttribute("value"); // else the server has no say
    return keepText(el, next.defaultValue, el.defaultValue !== next.defaultValue, bound);
  },
  textarea(el, next) {
    const changed = el.defaultValue !== next.defaultValue;
    const finish = keepText(el, next.defaultValue, changed, true);
    return () => {
      if (changed) el.textContent = next.textContent;
      finish();
    };
  },
  select(el) {
    const chosen = () => [...el.options].filter((o) => o.defaultSelected).map((o) => o.value).join("\n");
    const before = chosen(), kept = new Set([...el.selectedOptions].map((o) => o.value));
    return () => {
      const follow = chosen() !== before || settled?.has(el);
      const wanted = (o) => (follow ? o.defaultSelected : kept.has(o.value));
      if (!follow && ![...el.options].some(wanted)) return;
      for (const o of el.options) if (o.selected !== wanted(o)) o.selected = wanted(o);
      if (follow && !el.multiple && el.selectedIndex < 0) el.selectedIndex = 0;
    };
  },
  details: keepOpen,
  dialog: keepOpen,
};

function keepText(el, wanted, changed, bound) {
  const { value } = el;
  const focused = el === document.activeElement;
  const answered = bound && settled?.get(el) === value; // submitted, and not edited since
  const follow = answered || (!focused && (changed || owed.has(el)));
  const [start, end, direction] = focused ? selectionOf(el) : [];
  return () => {
    if (follow) {
      owed.delete(el);
      if (el.value !== wanted) el.value = wanted;
      return;
    }
    if (el.value !== value) {
      el.value = value;
      if (start !== null && start !== undefined) el.setSelectionRange(start, end, direction);
    }
    if (value === wanted) owed.delete(el);
    else if (changed) owed.add(el);
    if (owed.has(el)) spoil(el);
  };
}

function selectionOf(el) {
  try {
    return [el.selectionStart, el.selectionEnd, el.selectionDirection];
  } catch {
    return []; // types such as number have none
  }
}

/** The user opens and closes details and dialogs; the server wins only when it changes its mind. */
function keepOpen(el, next) {
  const known = openState.get(el), said = next.hasAttribute("open"), is = el.hasAttribute("open");
  openState.set(el, said);
  const wanted = known === said || known === undefined ? is : said;
  if (is && !wanted && el.localName === "dialog") el.close();
  next.toggleAttribute("open", wanted);
  return null;
}

function morphChildren(parent, next) {
  const fresh = [...next.childNodes], old = [...parent.childNodes];
  const kept = new Map(); // comment of `fresh` → the nodes that stay as they are before it
  for (const node of fresh) {
    const nodes = keptBy(origins.get(node));
    if (nodes) kept.set(node, nodes);
  }
  const staying = new Set([...kept.values()].flat());
  const pool = poolOf(old.filter((node) => !staying.has(node)), fresh);
  const places = []; // the nodes that the parent shall have, in order
  for (const node of fresh) {
    if (kept.has(node)) places.push(...kept.get(node));
    if (origins.get(node)?.keep) continue;
    const match = pool(node);
    if (match) morphNode(match, node);
    else takeIn(node);
    places.push(match ?? node);
  }
  for (const node of places) staying.add(node);
  for (const node of old) if (!staying.has(node)) discard(node);
  arrange(parent, places, null, old);
}

function keptBy(mark) {
  if (mark?.keep) return withSpace(mark.keep.el);
  return mark?.anchor && !mark.fresh ? rowNodes(mark.anchor) : null;
}

/** Answers a function that finds, for a new node, the old node that becomes it. */
function poolOf(old, fresh) {
  const byID = new Map(), groups = new Map();
  for (const node of old) {
    const mark = origins.get(node);
    if (idOf(node)) {
      byID.set(idOf(node), node);
      continue;
    }
    const name = node.nodeType === Node.ELEMENT_NODE ? (mark ? mark.origin : "?") : node.nodeName + (mark?.origin ?? "");
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(node);
  }
  const wild = groups.get("?"); // of the first HTML page: origin not known yet
  const alike = pairAlike(wild ?? [], fresh.filter((n) => n.nodeType === Node.ELEMENT_NODE && !idOf(n)));
  return (node) => {
    if (alike.has(node)) return alike.get(node);
    const id = idOf(node);
    if (id) {
      const match = byID.get(id);
      if (match?.nodeName !== node.nodeName) return null;
      byID.delete(id);
      return match;
    }
    const mark = origins.get(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return groups.get(node.nodeName + (mark?.origin ?? ""))?.shift() ?? null;
    return takeNamed(groups.get(mark?.origin ?? ""), node) ?? takeNamed(wild, node);
  };
}

function takeNamed(group, node) {
  const at = group ? group.findIndex((old) => old.nodeName === node.nodeName) : -1;
  return at < 0 ? null : group.splice(0, at + 1)[at];
}

/** Where the first page and the first rendering differ in their elements, pairs those that look the same. */
function pairAlike(wild, fresh) {
  const pairs = new Map(), names = (nodes) => nodes.map((n) => n.nodeName).join();
  if (!wild.length || names(wild) === names(fresh)) return pairs;
  const shape = (n) => ["class", "name", "type"].map((name) => n.getAttribute(name)) + n.nodeName + idOf(n.querySelector("[id]") ?? {});
  for (const node of fresh) {
    const at = wild.findIndex((old) => shape(old) === shape(node));
    if (at >= 0) pairs.set(node, wild.splice(at, 1)[0]);
  }
  return pairs;
}

function morphNode(node, next) {
  if (node.nodeType === Node.ELEMENT_NODE) return morphElement(node, next);
  const mark = origins.get(next);
  if (mark) {
    origins.set(node, mark);
    if (mark.anchor) settle(mark, node);
  }
  if (node.data !== next.data) node.data = next.data;
}

/** Notes what a new subtree brings: hooks, open state, rows, and streams that moved into it. */
function takeIn(node) {
  if (node.nodeType === Node.COMMENT_NODE) return plant(node);
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT);
  const comments = [];
  for (let n = node; n; n = walker.nextNode()) {
    if (n.nodeType === Node.COMMENT_NODE) {
      comments.push(n);
      continue;
    }
    settleIn(n, origins.get(n) ?? STATIC);
    if (n.localName === "details" || n.localName === "dialog") openState.set(n, n.hasAttribute("open"));
    if (attr(n, "hook")) work.added.push(n);
  }
  for (const comment of comments) {
    comment.before(...(keptBy(origins.get(comment)) ?? []));
    plant(comment);
    if (origins.get(comment)?.keep) comment.remove();
  }
}

/** Makes a comment the anchor of its stream. */
function plant(comment) {
  const mark = origins.get(comment);
  if (mark?.anchor) settle(mark, comment);
}

/** The document now holds the stream's rows; operations so far are done. */
function settle({ anchor: stream, fresh }, comment) {
  stream.anchor = comment;
  if (fresh) stream.ops = [];
  stream.fresh = false;
}

function discard(node) {
  if (node.nodeType === Node.ELEMENT_NODE) {
    for (const [el, hook] of mountedHooks) if (node.contains(el)) work.removed.push(hook);
  }
  node.remove();
}

/** Puts nodes into parent, in order, before `end`; moves as few as can be. */
function arrange(parent, nodes, end, before) {
  const index = new Map(before.map((node, i) => [node, i]));
  const still = longestRise(nodes.map((node) => (node.parentNode === parent ? index.get(node) ?? -1 : -1)));
  for (let i = nodes.length - 1, ref = end; i >= 0; ref = nodes[i--]) {
    if (!still.has(i)) place(parent, nodes[i], ref);
  }
}

function place(parent, node, ref) {
  if (parent.moveBefore && node.isConnected && parent.isConnected) parent.moveBefore(node, ref);
  else parent.insertBefore(node, ref);
}

/** Positions of a longest rising subsequence, leaving out negative numbers. */
function longestRise(numbers) {
  const tails = [], previous = [], rising = new Set();
  numbers.forEach((n, i) => {
    if (n < 0) return;
    let low = 0, high = tails.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (numbers[tails[mid]] < n) low = mid + 1;
      else high = mid;
    }
    previous[i] = low ? tails[low - 1] : -1;
    tails[low] = i;
  });
  for (let i = tails.at(-1) ?? -1; i >= 0; i = previous[i]) rising.add(i);
  return rising;
}

/** Runs a pass over the document: afterwards focus is where it was and hooks have been told. */
function patch(change) {
  const active = document.activeElement;
  const held = active && active !== document.body && root.contains(active) ? active : null;
  const [start, end, direction] = held ? selectionOf(held) : [];
  work = { added: [], updated: new Set(), removed: [] };
  try {
    change();
  } finally {
    if (held && document.activeElement !== held) refocus(held, start, end, direction);
    const done = work;
    for (const hook of done.removed) unmountHook(hook);
    for (const el of done.added) mountHook(el);
    for (const hook of done.updated) callHook(hook, "updated");
  }
  const form = [...root.querySelectorAll("form[phx-trigger-action]")].find(triggers);
  if (form) triggerAction(form);
}

function refocus(held, start, end, direction) {
  const el = held.isConnected ? held : document.getElementById(idOf(held));
  if (!el || !root.contains(el)) return;
  el.focus({ preventScroll: true });
  if (isTextInput(el) && start !== null && start !== undefined) el.setSelectionRange(start, end, direction);
}

function renderAll() {
  dirty = false;
  const w = newWriter();
  writeInstance(w, tree, "", true);
  morphChildren(root, parse(w));
  for (const [el, [stream, row, path]] of [...lateRows]) {
    if (el.isConnected) morphRow(stream, row, path, renderRow(stream, row, path));
    else lateRows.delete(el);
  }
}

/** Renders one region; false when it cannot stand alone, so that all has to be rendered. */
function renderRegion({ instance, region, path }) {
  const w = newWriter();
  writeInstance(w, instance, path, true, region);
  if (!w.balanced) return false;
  const content = parse(w), next = content.firstElementChild;
  const el = content.childElementCount === 1 ? document.getElementById(idOf(next)) : null;
  if (!el || !root.contains(el) || el.nodeName !== next.nodeName || el.namespaceURI !== next.namespaceURI) return false;
  for (let up = el; up !== root; up = up.parentElement) {
    if (isBusy(up)) return (dirty = true);
    if (up !== el && attr(up, "update") === "ignore") return true;
  }
  if (!origins.has(next)) origins.set(next, origins.get(el) ?? STATIC);
  morphElement(el, next);
  return true;
}

/** Applies a diff; with `all` the whole page is rendered whatever the diff says. */
function applyUpdate(diff, all) {
  const changes = { regions: new Set(), streams: [] };
  applyDiff(tree, diff ?? {}, "", null, changes);
  log("diff", diff, changes.regions.size, "regions");
  if (!all && !changes.regions.size && !changes.streams.length) return;
  patch(() => {
    all ||= changes.regions.has(null);
    for (const region of changes.regions) {
      if (all) break;
      if (!hasWider(region, changes.regions) && !renderRegion(region)) all = true;
    }
    if (all) renderAll();
    for (const [stream, path] of changes.streams) applyStream(stream, path);
  });
}

function hasWider(region, regions) {
  for (let up = region.parent; up; up = up.parent) if (regions.has(up)) return true;
  return false;
}

// --- 6. Streams ---------------------------------------------------------------
//
// A comment in the document, the stream's anchor, stands behind its last row.

function rowElements(stream) {
  if (!stream.anchor?.parentNode) return [];
  return [...stream.anchor.parentNode.children].filter((el) => origins.get(el)?.owner?.stream === stream);
}

const isSpace = (node) => node?.nodeType === Node.TEXT_NODE && !node.data.trim();

/** A row with the white space that follows. */
const withSpace = (el) => (isSpace(el.nextSibling) ? [el, el.nextSibling] : [el]);
const rowNodes = (stream) => rowElements(stream).flatMap(withSpace);

/** Applies operations to a list of rows ({key, …}); new ones are decoded instances. */
function foldRows(rows, ops) {
  const before = rows;
  rows = [...rows];
  for (const [op, a, b, instance] of ops) {
    if (op === "reset") rows = [];
    else if (op === "delete") rows = rows.filter((row) => row.key !== a);
    else if (op === "limit") rows = a >= 0 ? rows.slice(0, a) : rows.slice(a);
    else if (op === "insert") {
      const at = rows.findIndex((row) => row.key === b);
      const row = decodeRow(b, instance);
      if (at >= 0) rows[at] = Object.assign(row, { el: rows[at].el });
      else {
        row.el = before.find((r) => r.key === b)?.el; // deleted and back again: the same element
        rows.splice(a < 0 ? rows.length : a, 0, row);
      }
    }
  }
  return rows;
}

function applyStream(stream, path) {
  const parent = stream.anchor?.parentNode;
  if (!parent || stream.fresh) return; // its place is not in the document: the operations wait
  const hook = mountedHooks.get(parent);
  callHook(hook, "beforeUpdate");
  const ops = stream.ops;
  stream.ops = [];
  const old = rowElements(stream);
  const rows = foldRows(old.map((el) => ({ key: origins.get(el).owner.row.key, el })), ops);
  const staying = new Set(rows.map((row) => row.el));
  for (const el of old) {
    if (staying.has(el)) continue;
    if (isSpace(el.nextSibling)) el.nextSibling.remove();
    discard(el);
  }
  const spaces = new Map();
  for (const row of rows) {
    if (row.block === undefined) continue; // as it was
    const next = renderRow(stream, row, path);
    if (!next) continue;
    if (row.el && row.el.nodeName === next.nodeName) morphRow(stream, row, path, next);
    else {
      if (row.el) discard(row.el);
      row.el = next;
      takeIn(next);
      if (isSpace(next.nextSibling)) spaces.set(next, next.nextSibling);
    }
  }
  arrange(parent, rows.map((row) => row.el).filter(Boolean), stream.anchor, old);
  for (const [el, space] of spaces) el.after(space);
  work.updated.add(hook);
}

function renderRow(stream, row, path) {
  const w = newWriter();
  writeRow(w, row, path, true, stream);
  return parse(w).firstElementChild;
}

/** Rows whose latest version met a locked element; nothing else remembers that version. */
const lateRows = new Map(); // element → [stream, row, path]

function morphRow(stream, row, path, next) {
  const before = dirty;
  dirty = false;
  lateRows.delete(row.el);
  morphElement(row.el, next);
  if (dirty) lateRows.set(row.el, [stream, row, path]);
  dirty ||= before;
}

// --- 7. Connection ------------------------------------------------------------

let socket = null;
let joined = false; // the server runs this page
let joinSeq = 0; // of the join that is under way
let everJoined = false; // this page was joined once: the next join recovers
let lastSeq = 0;
let attempts = 0; // to connect, since a session that lasted
let refusals = 0; // since the last successful join
let faults = 0; // frames that could not be applied
let joinedAt = 0;
let retryTimer = 0, joinTimer = 0, beatTimer = 0, pongDue = false;
let leaving = false; // the document is going away
const pending = new Map(); // seq → {answer(body), els, undo}

function setState(...classes) {
  root.classList.remove("phx-connected", "phx-loading", "phx-error", "phx-client-error", "phx-server-error");
  root.classList.add(...classes);
}

/** Opens the socket and joins; the statics are fetched meanwhile. */
export function connect() {
  clearTimeout(retryTimer);
  if (!root || socket || leaving) return;
  if (document.hidden && attempts > 0) return; // visibilitychange comes back here
  const address = new URL(root.dataset.congaSocket ?? new URL("../socket", new URL(root.dataset.congaStatics, location)), location);
  address.protocol = address.protocol.replace("http", "ws");
  const ws = (socket = new WebSocket(address, "conga.1"));
  ws.onopen = () => join();
  ws.onmessage = (event) => { if (ws === socket) receive(event.data); };
  ws.onclose = () => { if (ws === socket) lost(); };
  loadStatics(root.dataset.congaStatics).catch(() => {});
}

/** Closes the socket; the page stays as it is. */
export function disconnect() {
  const ws = socket;
  socket = null;
  endSession();
  clearTimeout(retryTimer);
  stopBeat();
  ws?.close(1000);
}

async function join() {
  const ws = socket, page = root;
  let loaded;
  try {
    loaded = await loadStatics(root.dataset.congaStatics);
  } catch (error) {
    log(error);
    if (ws === socket) drop();
    return;
  }
  if (ws !== socket || page !== root || ws.readyState !== WebSocket.OPEN) return;
  blocks = loaded;
  clearTimeout(joinTimer);
  joinTimer = setTimeout(() => { if (ws === socket && !joined) drop(); }, config.joinTimeout);
  joinSeq = send("join", { token: root.dataset.congaSession, url: location.href, recover: everJoined });
  if (!beatTimer) beatTimer = setInterval(heartbeat, config.heartbeat);
}

function stopBeat() {
  clearInterval(beatTimer);
  beatTimer = 0;
  pongDue = false;
}

function heartbeat() {
  if (pongDue) return drop(); // the last ping was never answered
  pongDue = true;
  send("ping", {});
}

function send(kind, body) {
  const seq = ++lastSeq, ws = socket, frame = JSON.stringify([seq, kind, body]);
  log("send", frame);
  const out = () => { if (ws?.readyState === WebSocket.OPEN) ws.send(frame); };
  if (latency) setTimeout(out, latency);
  else out();
  return seq;
}

function receive(data) {
  log("receive", data);
  try {
    handle(...JSON.parse(data));
  } catch (error) { // what is shown and what is known may differ now: begin anew
    console.error("conga:", error);
    if (++faults >= config.joinAttempts) failsafeReload();
    else drop();
  }
}

function handle(seq, kind, body) {
  if (kind === "pong") pongDue = false;
  else if (kind === "joined") { if (seq === joinSeq) onJoined(body); }
  else if (kind === "error") onError(body);
  else if (kind === "reply") onReply(seq, body);
  else if (kind === "diff" && joined) applyBody(body);
}

function onJoined(body) {
  clearTimeout(joinTimer);
  if (!body.rendered) return follow(body); // the mount sent the visitor elsewhere
  if (body.statics && !root.dataset.congaStatics.includes(body.statics)) return failsafeReload(); // another build
  const recovering = everJoined;
  joined = everJoined = true;
  joinedAt = performance.now();
  refusals = 0;
  store.drop("reloads");
  releaseAll();
  setState("phx-connected");
  tree = decodeInstance([0, ...body.rendered]);
  lateRows.clear();
  recoverForms(recovering);
  patch(renderAll);
  showTitleAndFlash(body);
  if (recovering) for (const hook of mountedHooks.values()) callHook(hook, "reconnected");
  else mountHooks();
  sendWaiting();
  pageLoading("stop");
  deliver(body.events);
  follow(body);
}

function onReply(seq, body) {
  const wait = pending.get(seq);
  pending.delete(seq);
  if (!wait || !joined) return;
  settled = wait.values ?? null;
  release(wait, seq);
  if (!body.navigate && !body.redirect) wait.before?.();
  applyBody(body, Boolean(settled) || dirty);
  settled = null;
  wait.answer(body.reply ?? {});
}

function applyBody(body, all = false) {
  if (!joined) return;
  applyUpdate(body.diff, all);
  showTitleAndFlash(body);
  deliver(body.events);
  follow(body);
}

function showTitleAndFlash({ title, flash }) {
  if (title !== undefined) document.title = title;
  if (!flash) return;
  document.getElementById("conga-flash")?.replaceChildren(...Object.keys(flash).sort().map((kind) => {
    const p = document.createElement("p");
    p.className = "conga-flash";
    p.dataset.kind = kind;
    p.setAttribute("role", kind === "error" ? "alert" : "status");
    p.textContent = flash[kind];
    return p;
  }));
}

function deliver(events = []) {
  for (const [name, payload] of events) {
    dispatch(name, payload);
    for (const hook of mountedHooks.values()) for (const callback of hook.handlers[name] ?? []) callback(payload);
  }
}

/** Where the server sends the browser after a rendering. */
async function follow({ patch: to, navigate: page, redirect, session }) {
  if (to) recordLocation(to.to, to.replace);
  if (session) await renewSession(session);
  if (redirect) goTo(redirect.to);
  else if (page) navigate(page.to, { replace: page.replace });
}

async function renewSession(token) {
  try {
    await fetch(new URL("../session", new URL(root.dataset.congaStatics, location)), {
      method: "POST",
      credentials: "same-origin",
      body: new URLSearchParams({ token }),
    });
  } catch (error) {
    log("session", error);
  }
}

function endSession() {
  joined = false;
  joinSeq = 0;
  clearTimeout(joinTimer);
  releaseAll();
}

/** Gives the connection up without waiting for the other side, which may be gone. */
function drop() {
  const ws = socket;
  lost();
  ws?.close();
}

function lost() {
  const was = joined;
  socket = null;
  stopBeat();
  endSession();
  if (leaving) return;
  if (performance.now() - joinedAt > config.steady) attempts = 0;
  setState("phx-loading", "phx-error", "phx-client-error");
  if (was) disconnected();
  retryTimer = setTimeout(connect, jitter(config.backoff[Math.min(attempts++, config.backoff.length - 1)]));
}

function disconnected() {
  pageLoading("start", { kind: "error", to: location.href });
  for (const hook of mountedHooks.values()) callHook(hook, "disconnected");
}

/** The server ended the session, or refused the join; the socket may live on. */
function onError({ reason, retry }) {
  const was = joined;
  log("error", reason);
  endSession();
  setState("phx-loading", "phx-error", "phx-server-error");
  if (was) disconnected();
  if (reason === "stale" || reason === "unauthorized" || ++refusals >= config.joinAttempts) return failsafeReload();
  if (reason === "drain") disconnect(); // the next connection may find another machine
  const wait = jitter(retry ?? config.rejoin[Math.min(refusals - 1, config.rejoin.length - 1)]);
  clearTimeout(retryTimer);
  retryTimer = setTimeout(() => {
    if (socket?.readyState === WebSocket.OPEN) join();
    else connect();
  }, wait);
}

/** Loads the page over HTTP: at once, but when that did not help lately, after a random time. */
function failsafeReload() {
  const reloads = Number(store.get("reloads")) || 0, since = Date.now() - (Number(store.get("reloaded")) || 0);
  const [low, high] = config.reload;
  let wait = low + Math.random() * (high - low);
  if (since > high) wait = 0;
  else if (reloads >= 10) wait = config.reloadMany;
  disconnect();
  retryTimer = setTimeout(() => {
    store.set("reloads", reloads + 1);
    store.set("reloaded", Date.now());
    if (document.hidden) document.addEventListener("visibilitychange", () => location.reload(), { once: true });
    else location.reload();
  }, wait);
}

/** Delays every frame to the server by ms, for this browser tab; survives reloads. */
export function enableLatencySim(ms) {
  latency = ms;
  store.set("latency", ms);
}
export function disableLatencySim() {
  latency = 0;
  store.drop("latency");
}
/** Logs frames and what they change to the console, for this browser tab; survives reloads. */
export function enableDebug() {
  debugging = true;
  store.set("debug", "true");
}
export function disableDebug() {
  debugging = false;
  store.drop("debug");
}

// --- 8. Events ----------------------------------------------------------------
//
// Elements that wait for an answer are locked: they carry a loading class, and
// renderings leave them alone until the answer to their last event is here.

const locks = new Map(); // element → Map seq → loading class
const waiting = []; // sends that wait for the first join

function lock(el, seq, className) {
  if (!locks.has(el)) locks.set(el, new Map());
  locks.get(el).set(seq, className);
  el.classList.add(className);
}

function release({ els, undo }, seq) {
  for (const el of els) {
    const seqs = locks.get(el), className = seqs?.get(seq);
    if (!seqs) continue;
    seqs.delete(seq);
    if (![...seqs.values()].includes(className)) el.classList.remove(className);
    if (!el.classList.length) el.removeAttribute("class");
    if (!seqs.size) locks.delete(el);
  }
  for (const step of undo) step();
}

function releaseAll() {
  for (const [seq, wait] of pending) {
    release(wait, seq);
    wait.fail?.(new Error("disconnected"));
  }
  pending.clear();
}

/**
 * Sends an event and locks its elements until the answer.
 * @param body  members of the frame's body
 * @param els   elements to lock; the class is phx-<type>-loading
 * @param extra {undo: [function], values: Map} see `release` and `settled`
 * @returns promise of the reply's payload
 */
function push(body, els = [], extra = {}) {
  const kind = extra.kind ?? "event";
  return new Promise((answer, fail) => {
    const out = () => {
      const seq = send(kind, body);
      pending.set(seq, { answer, fail, els, undo: [], ...extra });
      for (const el of els) lock(el, seq, `phx-${body.type}-loading`);
    };
    if (joined) out();
    else if ((!everJoined || body.type === "submit") && waiting.length < 32) waiting.push(out);
    else {
      for (const step of extra.undo ?? []) step();
      fail(new Error("not connected"));
    }
  });
}

function sendWaiting() {
  for (const out of waiting.splice(0)) out();
}

const quiet = (promise) => promise.catch((error) => log(error.message));

/** phx-value-* and the element's own value. */
function valuesOf(el, more) {
  const values = { ...more };
  if (el.value !== undefined && el.localName !== "li" && !("value" in values)) values.value = el.value;
  for (const { name, value } of el.attributes) if (name.startsWith("phx-value-")) values[name.slice(10)] = value;
  return values;
}

function pushFrom(el, type, event, more) {
  if (!root.contains(el)) return;
  const undo = type === "click" ? disableWith([el]) : [];
  quiet(push({ type, event, value: valuesOf(el, more), id: idOf(el), target: attr(el, "target") ?? undefined }, [el], { undo }));
}

// Debounce and throttle, per element and type of event.

const rates = new WeakMap(); // element → {type: {timer, fire, until, key}}

function rate(el, type, fire, from = el, key) {
  const debounce = attr(el, "debounce") ?? attr(from, "debounce");
  const throttle = attr(el, "throttle") ?? attr(from, "throttle");
  if (debounce === null && throttle === null) return fire();
  if (!rates.has(el)) rates.set(el, {});
  const slot = (rates.get(el)[type] ??= {});
  if (debounce !== null) {
    clearTimeout(slot.timer);
    slot.fire = fire;
    if (debounce !== "blur") slot.timer = setTimeout(flush, numberOr(debounce, config.debounce), el, type);
    return;
  }
  const now = performance.now();
  if (slot.until > now && slot.key === key) {
    if (type !== "change") return;
    slot.fire = fire; // the last value of a form is never lost
    slot.timer ||= setTimeout(flush, slot.until - now, el, type);
    return;
  }
  slot.until = now + numberOr(throttle, config.debounce);
  slot.key = key;
  fire();
}

function numberOr(text, otherwise) {
  const n = parseInt(text, 10);
  return Number.isNaN(n) ? otherwise : n;
}

/** Fires what a debounce holds back, of one type or of all. */
function flush(el, type) {
  for (const [name, slot] of Object.entries(rates.get(el) ?? {})) {
    if ((type && name !== type) || !slot.fire) continue;
    const { fire } = slot;
    clearTimeout(slot.timer);
    slot.fire = slot.timer = null;
    if (el.isConnected) fire();
  }
}

function bindEvents() {
  const on = (target, name, handle, options) => target.addEventListener(name, handle, options);
  on(window, "click", onClick);
  on(window, "keydown", (e) => onKey(e, "keydown"));
  on(window, "keyup", (e) => onKey(e, "keyup"));
  on(window, "focusin", (e) => onFocus(e, "focus"));
  on(window, "focusout", (e) => onFocus(e, "blur"));
  on(window, "focus", (e) => onWindowFocus(e, "focus"));
  on(window, "blur", (e) => onWindowFocus(e, "blur"));
  on(window, "input", onInput);
  on(window, "change", onInput);
  on(window, "submit", onSubmit);
  on(window, "reset", (e) => setTimeout(onInput, 0, { target: e.target.elements[0] ?? e.target, type: "reset" }));
  on(window, "compositionstart", (e) => (composing = e.target), true);
  on(window, "compositionend", onComposed, true);
  on(window, "popstate", onPopState);
  on(window, "beforeunload", () => {
    leaving = true;
    setTimeout(() => { // the user may stay: a download, a mailto link
      leaving = false;
      connect();
    }, 1000);
  });
  on(window, "pagehide", onPageHide);
  on(window, "pageshow", (e) => {
    leaving = false;
    if (e.persisted) connect();
  });
  on(document, "visibilitychange", () => {
    if (!document.hidden && root && !socket && (everJoined || attempts > 0)) connect();
  });
}

function onPageHide() {
  leaving = true;
  scrolls[entry] = window.scrollY;
  store.set("scrolls", JSON.stringify(scrolls));
  history.scrollRestoration = "auto";
  disconnect();
}

function onClick(e) {
  if (e.button !== 0 || !(e.target instanceof Element)) return;
  const flash = e.target.closest("#conga-flash > [data-kind]");
  if (flash) {
    const { kind } = flash.dataset;
    flash.remove();
    quiet(push({ type: "click", event: "conga:clear-flash", value: { kind } }));
  }
  const el = e.target.closest("[phx-click]");
  if (el && root?.contains(el)) {
    if (el.closest("a")?.getAttribute("href") === "#") e.preventDefault();
    rate(el, "click", () => pushFrom(el, "click", attr(el, "click")));
  }
  const path = e.composedPath();
  for (const away of root?.querySelectorAll("[phx-click-away]") ?? []) {
    if (!path.includes(away) && away.getClientRects().length) rate(away, "click-away", () => pushFrom(away, "click-away", attr(away, "click-away")));
  }
  onLink(e);
}

function onKey(e, type) {
  if (typeof e.key !== "string") return; // autofill
  const send = (el, event) => {
    const wanted = attr(el, "key");
    if (wanted && wanted.toLowerCase() !== e.key.toLowerCase()) return;
    const { key } = e;
    rate(el, type, () => pushFrom(el, type, event, { key }), el, key);
  };
  const el = e.target.closest?.(`[phx-${type}]`);
  if (el && root?.contains(el)) send(el, attr(el, type));
  for (const listener of root?.querySelectorAll(`[phx-window-${type}]`) ?? []) send(listener, attr(listener, "window-" + type));
}

function onFocus(e, type) {
  const el = e.target;
  if (!(el instanceof Element) || !root?.contains(el)) return;
  if (type === "blur") {
    if (el.name) used.add(el);
    flush(el);
  }
  const listener = el.closest(`[phx-${type}]`);
  if (listener) rate(listener, type, () => pushFrom(listener, type, attr(listener, type)));
}

function onWindowFocus(e, type) {
  if (e.target !== window) return;
  for (const el of root?.querySelectorAll(`[phx-window-${type}]`) ?? []) pushFrom(el, type, attr(el, "window-" + type));
}

// --- 9. Forms -----------------------------------------------------------------

const used = new WeakSet(); // inputs that the user touched, and submitted forms
const submitting = new WeakSet(); // forms whose submit has no answer yet
const lastInput = new WeakMap(); // input → its value at the last "input" event

const stateOf = (el) => (el.type === "checkbox" || el.type === "radio" ? String(el.checked) : el.value);

function onInput(e) {
  const el = e.target;
  const form = el.form ?? (el.localName === "form" ? el : null);
  const owner = attr(el, "change") !== null ? el : form && attr(form, "change") !== null ? form : null;
  if (!root?.contains(el)) return;
  if (el.name && e.type !== "reset") used.add(el);
  if (!owner || e.isComposing || el === composing) return;
  if (e.type === "change" && lastInput.get(el) === stateOf(el)) return; // the input event told it
  lastInput.set(el, stateOf(el));
  if (form) for (const other of form.elements) if (other !== el) flush(other, "change");
  rate(el, "change", () => pushChange(owner, el), owner);
}

function onComposed(e) {
  composing = null;
  onInput({ target: e.target, type: "compositionend" });
  if (dirty && joined) patch(renderAll);
}

function pushChange(owner, el, event = attr(owner, "change")) {
  const isForm = owner.localName === "form";
  const value = isForm ? encodeForm(owner, { target: el?.name }) : encodeInput(el);
  const els = el && el !== owner ? [owner, el] : [owner];
  const body = { type: "change", event, value, form: true, target: el?.name || undefined, id: idOf(owner) };
  return quiet(push(body, els));
}

/** The form as it would be posted, and `_unused_<name>` before each input not yet touched. */
function encodeForm(form, { target, submitter } = {}) {
  const fresh = new Map(); // name → no input of that name was touched
  if (!used.has(form)) {
    for (const el of form.elements) {
      if (!el.name || el.type === "hidden" || attr(el, "no-unused-field") !== null) continue;
      fresh.set(el.name, (fresh.get(el.name) ?? true) && !used.has(el));
    }
  }
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter ?? null)) {
    if (fresh.get(name)) params.append(unusedName(name), "");
    fresh.delete(name);
    params.append(name, value instanceof File ? value.name : value);
  }
  if (target) params.append("_target", target);
  return params.toString();
}

/** address[city] → address[_unused_city], tags[] → _unused_tags[]. */
function unusedName(name) {
  return name.replace(/([^[\]]+)(\]?(?:\[\])?)$/, "_unused_$1$2");
}

function encodeInput(el) {
  const params = new URLSearchParams();
  if ((el.type !== "checkbox" && el.type !== "radio") || el.checked) params.append(el.name, el.value);
  params.append("_target", el.name);
  return params.toString();
}

function onSubmit(e) {
  const form = e.target, event = attr(form, "submit");
  if (event === null || !root?.contains(form)) return;
  e.preventDefault();
  if (submitting.has(form)) return; // once is enough
  for (const el of form.elements) flush(el);
  pushSubmit(form, event, e.submitter);
}

function pushSubmit(form, event, submitter) {
  used.add(form);
  const value = encodeForm(form, { submitter });
  const values = new Map([...form.elements].map((el) => [el, el.value]));
  const undo = disableWith([...form.elements, ...form.querySelectorAll("[phx-disable-with]")], true);
  submitting.add(form);
  undo.push(() => submitting.delete(form));
  const body = { type: "submit", event, value, form: true, submitter: submitter?.name || undefined, id: idOf(form) };
  return quiet(push(body, submitter ? [form, submitter] : [form], { undo, values }));
}

/**
 * Takes buttons, and with `whole` a form's inputs too, out of use for the round trip.
 * Answers the steps that restore them.
 */
function disableWith(els, whole = false) {
  const undo = [];
  const active = document.activeElement;
  for (const el of new Set(els)) {
    const text = attr(el, "disable-with");
    const isButton = el.localName === "button" || ["submit", "image", "button", "reset"].includes(el.type);
    const submits = whole && ["submit", "image"].includes(el.type);
    if (text !== null) {
      if (el.localName === "input") {
        const before = el.value;
        el.value = text;
        undo.push(() => (el.value = before));
      } else {
        const before = [...el.childNodes];
        el.replaceChildren(text);
        undo.push(() => el.replaceChildren(...before));
      }
    }
    if ((text !== null || submits) && isButton && !el.disabled) {
      el.disabled = true;
      undo.push(() => {
        el.disabled = false;
        if (el === active && document.activeElement === document.body) el.focus({ preventScroll: true });
      });
    } else if (whole && !isButton && "readOnly" in el && !el.readOnly) {
      el.readOnly = true;
      undo.push(() => (el.readOnly = false));
    }
  }
  return undo;
}

/**
 * Sends each form's change again after a re-join; after the first join that of forms which were typed into before.
 * Its lock keeps what the user typed until the answer.
 */
function recoverForms(again) {
  const w = newWriter();
  writeInstance(w, tree, "", true);
  const page = parse(w);
  for (const form of root.querySelectorAll("form[id][phx-change]")) {
    const next = page.getElementById(idOf(form)), event = attr(form, "auto-recover") ?? attr(form, "change");
    if (event === "ignore" || !next || attr(next, "change") === null || !form.elements.length) continue;
    for (const el of form.elements) if (isTextInput(el) && el.value !== el.defaultValue) used.add(el);
    const touched = [...form.elements].find((el) => el.name && used.has(el));
    if (again || (touched && !waiting.length)) pushChange(form, touched ?? null, event);
  }
}

const triggers = (form) => ![null, "false"].includes(attr(form, "trigger-action"));

/** Hands the form over to plain HTTP, for logins that set cookies. */
function triggerAction(form) {
  leaving = true;
  disconnect();
  HTMLFormElement.prototype.submit.call(form);
}

// --- 10. Navigation -----------------------------------------------------------

let pageID = ""; // of this mount; history entries of the same page are patched between
let entry = ""; // of the current history entry, names its scroll position
let scrolls = {};
let loading = null; // detail of the phx:page-loading-start that has not been stopped
let ticket = 0; // counts navigations; a newer one makes older ones void

const newID = () => Math.random().toString(36).slice(2, 10);

function pageLoading(step, detail) {
  if (step === "start") {
    if (!loading) dispatch("page-loading-start", detail);
    loading = detail;
  } else if (loading) {
    const done = loading;
    loading = null;
    dispatch("page-loading-stop", done);
  }
}

/** Puts an address into the history; the page itself does not change. */
function recordLocation(to, replace, scrollY = window.scrollY) {
  const url = new URL(to, location.href);
  if (url.origin !== location.origin) return goTo(to);
  if (!replace) {
    scrolls[entry] = scrollY;
    entry = newID();
  }
  const state = { conga: { page: pageID, entry } };
  if (replace) history.replaceState(state, "", url);
  else history.pushState(state, "", url);
}

/** A full load over HTTP; never a javascript: address. */
function goTo(to) {
  const url = new URL(to, location.href);
  if (url.protocol !== "http:" && url.protocol !== "https:") return console.error("conga: refused to go to", url.protocol);
  leaving = true;
  if (url.href.split("#")[0] === location.href.split("#")[0]) {
    history.replaceState(history.state, "", url);
    location.reload();
  } else location.assign(url);
}

function onLink(e) {
  const link = e.target.closest("a[data-phx-link]");
  if (!link || !root || e.defaultPrevented) return;
  if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || link.hasAttribute("download")) return;
  if ((link.target && link.target !== "_self") || link.origin !== location.origin) return;
  e.preventDefault();
  const replace = link.dataset.phxLinkState === "replace";
  if (link.dataset.phxLink === "patch") patchTo(link.href, replace);
  else navigate(link.href, { replace });
}

function patchTo(href, replace) {
  if (!joined) return goTo(href);
  const mine = ++ticket;
  pageLoading("start", { kind: "patch", to: href });
  const before = () => { if (mine === ticket) recordLocation(href, replace); };
  sendParams(href, { before }).then(() => {
    if (mine !== ticket) return;
    pageLoading("stop");
    if (location.hash) scrollToHash();
  }, () => {});
}

const sendParams = (url, extra) => push({ url }, [], { kind: "params", ...extra });

/** Joins another page over the same socket; anything unexpected becomes a full load. */
async function navigate(href, { replace = false, pop = false } = {}) {
  const url = new URL(href, location.href);
  if (url.origin !== location.origin) return goTo(href);
  const mine = ++ticket;
  pageLoading("start", { kind: "redirect", to: url.href });
  root.classList.add("phx-loading");
  let page, answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", headers: { accept: "text/html" } });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch (error) {
    log(error);
  }
  if (mine !== ticket) return;
  const next = page?.getElementById("conga");
  const client = (doc) => doc.querySelector("script[type=module][src*='/conga-']")?.getAttribute("src");
  if (!next || !answer.ok || client(page) !== client(document) || new URL(answer.url).origin !== location.origin) {
    return pop ? location.reload() : goTo(href);
  }
  const landed = new URL(answer.url);
  landed.hash ||= url.hash;
  const { scrollY } = window;
  swapPage(document.adoptNode(next), page.title);
  document.getElementById("conga-flash")?.replaceChildren(...(page.getElementById("conga-flash")?.childNodes ?? []));
  pageID = newID();
  recordLocation(landed.href, replace || pop, scrollY);
  if (pop) restoreScroll();
  else if (!scrollToHash()) window.scrollTo(0, 0);
  root.querySelector("[autofocus]")?.focus({ preventScroll: true });
  if (socket?.readyState === WebSocket.OPEN) join();
  else connect();
}

function swapPage(next, title) {
  endSession();
  for (const hook of [...mountedHooks.values()]) unmountHook(hook);
  root.replaceWith(next);
  root = next;
  tree = null;
  lateRows.clear();
  everJoined = dirty = false;
  waiting.length = 0;
  composing = null;
  document.title = title;
  rememberOpen();
  setState("phx-loading");
}

function onPopState(e) {
  if (!root) return;
  const state = e.state?.conga;
  if (!state) return; // a jump within the page
  scrolls[entry] = window.scrollY; // ours to restore, so the browser has not moved yet
  entry = state.entry;
  if (state.page !== pageID) return void navigate(location.href, { pop: true });
  if (!joined) return; // the join says the address
  const mine = ++ticket;
  pageLoading("start", { kind: "patch", to: location.href });
  sendParams(location.href).then(() => {
    if (mine !== ticket) return;
    restoreScroll();
    pageLoading("stop");
  }, () => {});
}

function restoreScroll() {
  if (entry in scrolls) window.scrollTo(0, scrolls[entry]);
  else if (!scrollToHash()) window.scrollTo(0, 0);
}

function scrollToHash() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) target.scrollIntoView();
  return Boolean(target);
}

// --- 11. Hooks ----------------------------------------------------------------

const mountedHooks = new Map(); // element → hook object

/** Registers a hook for elements with phx-hook="name", also for those already shown. */
export function hook(name, definition) {
  conga.hooks[name] = definition;
  if (joined) mountHooks();
}

function mountHooks() {
  for (const el of root.querySelectorAll("[phx-hook]")) mountHook(el);
}

function mountHook(el) {
  const name = attr(el, "hook"), definition = conga.hooks[name];
  if (mountedHooks.has(el) || !el.isConnected || !joined) return;
  if (!definition) return void console.error(`conga: no hook named "${name}"`);
  const made = Object.assign(Object.create(typeof definition === "function" ? definition.prototype : definition), {
    el,
    handlers: {},
    pushEvent(event, payload = {}, callback) {
      const reply = push({ type: "hook", event, value: payload, id: idOf(el) }, [el]);
      return callback ? void quiet(reply.then(callback)) : reply;
    },
    handleEvent(event, callback) {
      (made.handlers[event] ??= []).push(callback);
      return { event, callback };
    },
    removeHandleEvent({ event, callback }) {
      made.handlers[event] = made.handlers[event]?.filter((c) => c !== callback);
    },
  });
  mountedHooks.set(el, made);
  callHook(made, "mounted");
}

function unmountHook(made) {
  if (mountedHooks.delete(made.el)) callHook(made, "destroyed");
}

function callHook(made, step) {
  try {
    made?.[step]?.();
  } catch (error) {
    console.error("conga: hook", step, error);
  }
}

// --- 12. Start ----------------------------------------------------------------

function rememberOpen() {
  for (const el of root.querySelectorAll("details, dialog")) openState.set(el, el.hasAttribute("open"));
}

/** Takes up the live page of the document; called by the module itself. */
export function start() {
  if (conga.started) return; // by another copy of this module
  root = document.getElementById("conga");
  if (!root) return;
  conga.started = true;
  pageID = newID();
  entry = history.state?.conga?.entry ?? newID();
  try {
    scrolls = JSON.parse(store.get("scrolls")) ?? {};
  } catch {
    scrolls = {};
  }
  history.scrollRestoration = "manual";
  history.replaceState({ ...history.state, conga: { page: pageID, entry } }, "");
  rememberOpen();
  setState("phx-loading");
  pageLoading("start", { kind: "initial", to: location.href });
  bindEvents();
  connect();
}

Object.assign(conga, { connect, disconnect, hook, enableLatencySim, disableLatencySim, enableDebug, disableDebug });
start();
