/* Keeps the live page as the server says it is. Without this file the page shows its state when it was opened. */
(() => {
  "use strict";

  const AGAIN = 30000;
  const SILENT = 40000;
  const live = document.querySelector("#live");
  const state = document.querySelector("#live-state");
  const button = document.querySelector("#live-pause");
  const reload = document.querySelector("#live-reload");
  const places = [...document.querySelectorAll("[data-part]")];
  const pause = button.textContent;

  let source = null;
  let paused = false;
  let over = false;
  let timer = 0;
  let watchdog = 0;

  const tell = (text, fresh) => {
    if (state.textContent !== text) state.textContent = text;
    reload.hidden = fresh;
  };

  /* Whatever has the focus, was unfolded or was scrolled to the side stays so. */
  const show = (place, html) => {
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    const opened = [...place.querySelectorAll("details[open][id]")].map((each) => each.id);
    const moved = [...place.querySelectorAll(".scroll[id]")].map((each) => [each.id, each.scrollLeft]);
    const summary = place.contains(document.activeElement) ? document.activeElement.closest("summary") : null;
    const folded = summary?.parentElement.id;
    place.innerHTML = html;
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, left] of moved) {
      const region = document.getElementById(id);
      if (region) region.scrollLeft = left;
    }
    const back = folded ? document.getElementById(folded)?.querySelector("summary") : document.getElementById(focused);
    back?.focus({ preventScroll: true });
  };

  /* Nothing heard for so long, neither news nor that there are none: what is shown may be old. */
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      close();
      tell(live.dataset.lost, false);
      timer = setTimeout(open, AGAIN);
    }, SILENT);
  };

  const close = () => {
    clearTimeout(watchdog);
    clearTimeout(timer);
    source?.close();
    source = null;
  };

  const open = () => {
    if (source || paused || over || document.hidden) return;
    source = new EventSource(live.dataset.stream);
    source.onopen = () => {
      tell(live.dataset.open, true);
      heard();
    };
    source.addEventListener("beat", heard);
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return tell(live.dataset.lost, false);
      close();
      tell(live.dataset.stopped, false);
      timer = setTimeout(open, AGAIN);
    };
    for (const place of places) {
      source.addEventListener(place.dataset.part, (event) => {
        show(place, event.data);
        heard();
      });
    }
    source.addEventListener("end", (event) => {
      over = true;
      close();
      button.hidden = true;
      tell(event.data, false);
    });
  };

  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? button.dataset.resume : pause;
    if (paused) {
      close();
      tell(live.dataset.paused, true);
    } else {
      open();
    }
  });

  /* A page that nobody sees asks for nothing: a browser has few connections to give. */
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));

  button.hidden = false;
  open();
})();
