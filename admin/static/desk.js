/* The desk's keyboard and its fresh lists. Without this file everything is still reachable with Tab and Enter. */
(() => {
  "use strict";

  const REFRESH = 15000;
  const SOON = 2000;
  const SWITCH = "sezon-desk-keys";
  const one = (selector) => document.querySelector(selector);

  const shortcutsOn = () => {
    try { return localStorage.getItem(SWITCH) !== "off"; } catch { return true; }
  };
  const setShortcuts = (on) => {
    try { localStorage.setItem(SWITCH, on ? "on" : "off"); } catch { /* then they are on in this page alone */ }
  };

  const press = (id) => one(id)?.click();
  const into = (act) => act.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  const unfold = (name) => {
    const act = one(`#act-${name}`);
    if (!act) return;
    act.open = true;
    into(act);
  };
  const walk = (step) => {
    const lines = [...document.querySelectorAll("#lists a.line")].filter((line) => line.offsetParent !== null);
    if (!lines.length) return;
    const current = lines.indexOf(document.activeElement);
    const open = lines.findIndex((line) => line.hasAttribute("aria-current"));
    const from = current >= 0 ? current : open >= 0 ? open : step > 0 ? -1 : lines.length;
    lines[Math.min(Math.max(from + step, 0), lines.length - 1)].focus();
  };
  const help = () => {
    const keys = one("#keys");
    keys.open = !keys.open;
    keys.querySelector("summary").focus();
  };

  const KEYS = {
    n: () => press("#take-next"),
    t: () => press("#take-this"),
    j: () => walk(1),
    k: () => walk(-1),
    i: () => unfold("note"),
    d: () => unfold("draft"),
    h: () => unfold("hand-over"),
    e: () => unfold("resolve"),
    o: () => unfold("reopen"),
    r: () => unfold("reply"),
    a: () => one("#first-draft")?.focus(),
    "?": help,
  };

  const leave = () => {
    const act = document.activeElement?.closest("details[open]") ?? one("details.act[open], #keys[open]");
    if (act) {
      act.open = false;
      act.querySelector("summary").focus();
    } else {
      (one("#lists a.line[aria-current]") ?? one("#lists a.line") ?? one("#take-next"))?.focus();
    }
  };

  /* Between a press and its answer no key does anything: it would be meant for the page that is coming. */
  let busy = false;
  const isRefresh = (event) => event.detail.elt?.id === "lists";
  document.addEventListener("htmx:beforeRequest", (event) => { busy = busy || !isRefresh(event); });
  document.addEventListener("htmx:afterSettle", (event) => { busy = busy && isRefresh(event); });
  document.addEventListener("htmx:afterRequest", (event) => { busy = busy && !event.detail.failed; });

  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || !one("#desk")) return;
    if (event.key === "Escape") return leave();
    const form = event.target.closest?.("#desk form");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
      event.preventDefault();
      return form.requestSubmit();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || busy || !shortcutsOn()) return;
    const act = KEYS[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  const showSwitch = () => {
    const box = one("#keys-on");
    if (!box) return;
    box.checked = shortcutsOn();
    one("#keys-choice").hidden = false;
  };
  document.addEventListener("change", (event) => {
    if (event.target.id === "keys-on") setShortcuts(event.target.checked);
  });

  const tell = (text) => {
    const said = one("#said");
    if (said) said.textContent = text;
  };
  document.addEventListener("htmx:sendError", (event) => {
    if (!isRefresh(event)) tell(one("#said").dataset.offline);
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (!isRefresh(event)) tell(one("#said").dataset.broken);
  });

  const refresh = () => {
    if (document.visibilityState === "visible" && one("#lists") && window.htmx) {
      window.htmx.trigger(document.body, "desk-refresh");
    }
  };

  /* A new page begins at its top, where what was just done is told; else whatever has the focus is to be seen. */
  const show = () => {
    scrollTo(0, 0);
    if (one("#said").textContent.trim() === "") document.activeElement.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id !== "desk") return;
    show();
    if (one(".on-its-way")) setTimeout(refresh, SOON);
  });

  /* Whoever opens a form by its heading writes in it next. */
  document.addEventListener("toggle", (event) => {
    const act = event.target;
    if (act.open && act.matches("details.act") && document.activeElement === act.querySelector("summary")) into(act);
  }, true);

  document.addEventListener("htmx:afterSettle", () => {
    showSwitch();
    const back = one(".languages [name=back]");  // the page's head stays while the desk changes
    if (back) back.value = location.pathname.replace(/^.*?(?=\/desk)/, "");
  });

  setInterval(refresh, REFRESH);

  showSwitch();
})();
