// What the chat adds to the live pages: the log stays at its newest message,
// times are shown in the visitor's own zone, and Enter sends.
const conga = (window.conga ??= {});
conga.hooks ??= {};

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function localTimes(el) {
  for (const time of el.querySelectorAll("time:not([data-local])")) {
    time.textContent = clock.format(new Date(time.dateTime));
    time.dataset.local = "";
    time.title = new Date(time.dateTime).toLocaleString();
  }
}

conga.hooks.Log = {
  mounted() {
    localTimes(this.el);
    this.el.scrollTop = this.el.scrollHeight;
    this.near = true;
    this.el.addEventListener("scroll", () => {
      this.near = this.el.scrollHeight - this.el.scrollTop - this.el.clientHeight < 80;
    }, { passive: true });
  },
  updated() {
    localTimes(this.el);
    if (this.near) this.el.scrollTop = this.el.scrollHeight;
  },
};

conga.hooks.Composer = {
  mounted() {
    this.el.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      if (this.el.value.trim() !== "") this.el.form.requestSubmit();
    });
  },
};
