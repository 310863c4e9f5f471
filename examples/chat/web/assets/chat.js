// What the chat adds to its pages: times in the visitor's own zone, a line
// above each day, and Enter that sends. The pages also work without it.
const conga = (window.conga ??= {});
conga.hooks ??= {};

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const minutes = 60_000;

const log = () => document.getElementById("log");
const momentOf = (el) => new Date(el.querySelector("time").dateTime);

/** Shows the times within el in the visitor's zone: always as a clock, or for older ones as a date. */
function localize(el, style) {
  for (const time of el.querySelectorAll("time:not([data-local])")) {
    const at = new Date(time.dateTime);
    const old = style === "short" && at.toDateString() !== new Date().toDateString();
    time.textContent = (old ? dayMonth : clock).format(at);
    time.title = full.format(at);
    time.dataset.local = "";
  }
}

/** Marks each message that begins a day, and those that go on where their author has just written. */
function group(messages) {
  let before = null, then = new Date(0);
  for (const message of messages.children) {
    const at = momentOf(message), sameDay = at.toDateString() === then.toDateString();
    if (sameDay) delete message.dataset.day;
    else message.dataset.day = weekday.format(at);
    message.toggleAttribute("data-goes-on", sameDay && at - then < 5 * minutes && message.dataset.author === before?.dataset.author);
    [before, then] = [message, at];
  }
}

function show(messages) {
  localize(messages, "clock");
  group(messages);
}

conga.hooks.Messages = {
  mounted() { show(this.el); },
  beforeUpdate() {
    this.focused = this.el.contains(document.activeElement);
  },
  updated() {
    show(this.el);
    if (this.el.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
    else if (this.focused && document.activeElement === document.body) log().focus(); // its message is gone
  },
};

conga.hooks.Times = {
  mounted() { localize(this.el, "short"); },
  updated() { localize(this.el, "short"); },
};

/** Enter submits the form of a textarea, Shift+Enter begins a new line. */
function submitOnEnter(textarea) {
  textarea.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    if (textarea.value.trim() !== "") textarea.form.requestSubmit();
  });
}

conga.hooks.Composer = {
  mounted() {
    submitOnEnter(this.el);
    this.el.form.addEventListener("submit", () => {
      log().scrollTop = 0; // the newest message: the log is turned upside down
      this.el.focus();
    });
    // Fingers first read; a keyboard is there to write.
    if (matchMedia("(pointer: fine)").matches && document.activeElement === document.body) this.el.focus();
  },
};

conga.hooks.Editor = {
  mounted() {
    submitOnEnter(this.el);
    this.el.addEventListener("keydown", (e) => {
      if (e.key === "Escape") document.getElementById("cancel-edit").click();
    });
    this.message = this.el.closest("article");
    this.el.focus();
    this.el.setSelectionRange(this.el.value.length, this.el.value.length);
    this.el.form.scrollIntoView({ block: "nearest" });
  },
  destroyed() { // back to where the visitor came from
    if (document.activeElement === document.body) this.message.querySelector(".actions button")?.focus();
  },
};

// Good news need not be clicked away.
const flash = document.getElementById("conga-flash");
function fade() {
  for (const note of flash.querySelectorAll("[data-kind=info]:not([data-fades])")) {
    note.dataset.fades = "";
    setTimeout(() => note.click(), 4000);
  }
}
if (flash) {
  new MutationObserver(fade).observe(flash, { childList: true });
  fade();
}

// The first page shows its times before it is connected.
for (const el of document.querySelectorAll("#messages")) show(el);
for (const el of document.querySelectorAll("#rooms")) localize(el, "short");
