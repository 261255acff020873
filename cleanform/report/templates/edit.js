"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent), edit = data.edit, { words } = edit;
  const video = byId("film"), status = byId("edit-status");
  const KEPT = "cleanform review";
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const say = (text, problem = false) => {
    status.textContent = text;
    status.classList.toggle("problem", problem);
  };

  // --- the film: which frame it shows, and how to get to another ---------------------------
  const last = (list, value) => {
    let low = 0, high = list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (list[middle] <= value + 1e-4) low = middle; else high = middle - 1;
    }
    return low;
  };
  const closest = (list, value) => {
    const i = last(list, value);
    return i + 1 < list.length && list[i + 1] - value < value - list[i] ? i + 1 : i;
  };
  const hasFilm = Boolean(video && data.times.length);
  const currentFrame = () => closest(edit.frames, data.times[last(data.at, video.currentTime)]);
  const showFrame = (frame) => {
    if (!hasFilm) return;
    video.pause();
    const i = closest(data.times, edit.frames[frame]);
    const end = i + 1 < data.at.length ? data.at[i + 1] : data.at[i] + 0.02;
    video.currentTime = (data.at[i] + Math.min(end, data.at[i] + 0.03)) / 2;
    dispatchEvent(new Event("film-wanted"));
  };

  // --- what is kept over a new page -----------------------------------------------------------
  const panels = all("[data-panel]");
  const open = (name) => panels.forEach((el) => {
    const on = el.dataset.panel === name;
    el.setAttribute("aria-expanded", String(on));
    byId(`edit-${el.dataset.panel}`).hidden = !on;
  });
  const opened = () => {
    const el = panels.find((one) => one.getAttribute("aria-expanded") === "true");
    return el ? el.dataset.panel : "";
  };
  panels.forEach((el) => el.addEventListener("click", () => {
    endPick();
    open(opened() === el.dataset.panel ? "" : el.dataset.panel);
  }));
  const turnTo = (focus, started, said) => {
    const lift = document.querySelector('[data-lift][aria-pressed="true"]');
    sessionStorage.setItem(KEPT, JSON.stringify({
      panel: opened(), focus, started, said, y: scrollY,
      within: opened() ? byId(`edit-${opened()}`).scrollTop : 0,
      lift: lift ? lift.dataset.lift : "", film: hasFilm ? video.currentTime : 0,
    }));
    location.replace(location.pathname);
  };
  const restore = () => {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(KEPT)); } catch { /* another page's */ }
    sessionStorage.removeItem(KEPT);
    document.documentElement.dataset.revision = String(edit.revision);
    if (!kept) return;
    open(kept.panel);
    if (kept.panel && byId(`edit-${kept.panel}`)) byId(`edit-${kept.panel}`).scrollTop = kept.within;
    if (kept.lift) {
      const choice = all("[data-lift]").find((el) => el.dataset.lift === kept.lift);
      if (choice) choice.click();
    }
    if (hasFilm) {
      const back = () => { video.currentTime = kept.film; };
      if (video.readyState) back(); else video.addEventListener("loadedmetadata", back, { once: true });
    }
    scrollTo({ top: kept.y, behavior: "instant" });
    const target = kept.focus && document.querySelector(kept.focus);
    if (target) target.focus({ preventScroll: true });
    if (kept.started) {
      const took = Date.now() - kept.started;
      document.documentElement.dataset.tookMs = String(took);
      say(fill(words[kept.said || "saved"], { seconds: (took / 1000).toFixed(1) }));
    } else if (kept.said) say(words[kept.said]);
  };

  // --- saying something -----------------------------------------------------------------------
  let busy = false;
  const post = async (what, body) => {
    const answer = await fetch(`api/${what}`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...body, revision: edit.revision }),
    });
    const document = await answer.json();
    if (!answer.ok) throw new Error(document.problem);
    return document;
  };
  const change = async (what, body, focus, said) => {
    if (busy) return;
    busy = true;
    const started = Date.now();
    say(words.saving);
    try {
      await post(what, body);
      turnTo(focus, started, said);
    } catch (error) {
      busy = false;
      say(error instanceof TypeError || error instanceof SyntaxError ? words.no_answer : error.message, true);
      putBack();
    }
  };
  const correct = (correction, focus) => change("correct", { correction }, focus);
  all("[data-undo]").forEach((el) => el.addEventListener("click", () =>
    change("undo", { number: Number(el.dataset.undo) }, '[data-panel="made"]', "undone")));
  all("[data-undo-all]").forEach((el) => el.addEventListener("click", () =>
    change("undo-all", {}, '[data-panel="made"]', "undone")));

  // --- events: in the list and on the graphs ---------------------------------------------------
  const rows = all("[data-event]").map((el) => ({
    el, lift: el.dataset.rep, event: el.dataset.event, out: el.querySelector("output"),
  }));
  const marks = [];
  const frameOf = (lift, event) => {
    const moved = pending && pending.lift === lift && pending.event === event;
    return moved ? pending.frame : edit.lifts[lift].events[event];
  };
  const timeOf = (lift, event) => {
    const frame = frameOf(lift, event), known = edit.lifts[lift];
    return frame === known.events[event] ? known.times[event] : edit.frames[frame];
  };
  const spoken = (lift, event) => data.words.time.replace("{seconds}", timeOf(lift, event).toFixed(2));
  let pending = null, timer = 0;
  const draw = () => {
    rows.forEach(({ el, lift, event, out }) => {
      const frame = frameOf(lift, event);
      el.classList.toggle("pending", Boolean(pending && pending.lift === lift && pending.event === event));
      if (frame !== null) out.textContent = spoken(lift, event);
    });
    marks.forEach(({ el, lift, event, box, limits }) => {
      const t = timeOf(lift, event);
      const share = (t - limits[0]) / (limits[1] - limits[0]);
      el.style.left = `${100 * (box[0] + box[2] * share)}%`;
      el.classList.toggle("left", share > 0.7);
      el.setAttribute("aria-valuenow", t.toFixed(2));
      el.setAttribute("aria-valuetext", spoken(lift, event));
      el.querySelector("span").textContent = `${edit.short[event]} ${spoken(lift, event)}`;
    });
  };
  const putBack = () => { pending = null; clearTimeout(timer); draw(); };
  const commit = () => {
    clearTimeout(timer);
    if (!pending || busy) return;
    const { lift, event, frame, focus } = pending;
    if (frame === edit.lifts[lift].events[event]) { putBack(); return; }
    correct({ kind: "event", lift_frame: edit.lifts[lift].frame, event, frame }, focus);
  };
  const move = (lift, event, frame, focus, wait = 800) => {
    if (busy) return;
    if (pending && (pending.lift !== lift || pending.event !== event)) { commit(); return; }
    frame = Math.min(Math.max(frame, 0), edit.frames.length - 1);
    pending = { lift, event, frame, focus };
    draw();
    showFrame(frame);
    clearTimeout(timer);
    if (wait !== null) timer = setTimeout(commit, wait);
  };
  rows.forEach(({ el, lift, event }) => {
    const me = (part) => `[data-rep="${lift}"][data-event="${event}"] ${part}`;
    el.querySelector(".go").addEventListener("click", () => showFrame(frameOf(lift, event)));
    all("[data-step]", el).forEach((button) => button.addEventListener("click", () =>
      move(lift, event, frameOf(lift, event) + Number(button.dataset.step), me(`[data-step="${button.dataset.step}"]`))));
    const here = el.querySelector("[data-here]");
    here.disabled = !hasFilm;
    here.addEventListener("click", () => move(lift, event, currentFrame(), me("[data-here]"), 0));
    el.querySelector("[data-nowhere]").addEventListener("click", () =>
      correct({ kind: "event", lift_frame: edit.lifts[lift].frame, event, frame: null }, me("[data-here]")));
  });
  all(".graph.time").forEach((graph) => {
    const home = graph.closest("[data-of-lift]");
    const lift = home && home.dataset.ofLift, known = lift !== null && edit.lifts[lift];
    if (!known) return;
    const plane = graph.querySelector(".plane");
    const box = graph.dataset.box.split(" ").map(Number), limits = graph.dataset.limits.split(" ").map(Number);
    edit.events.forEach(([event, title], place) => {
      if (known.events[event] === null) return;
      const el = document.createElement("div");
      const row = rows.find((one) => one.lift === lift && one.event === event);
      el.className = row.el.querySelector("em") ? "mark by-hand" : "mark";
      el.tabIndex = 0;
      el.setAttribute("role", "slider");
      el.setAttribute("aria-label", title);
      el.setAttribute("aria-valuemin", limits[0].toFixed(2));
      el.setAttribute("aria-valuemax", limits[1].toFixed(2));
      el.dataset.mark = event;
      el.style.top = `${100 * box[1]}%`;
      el.style.height = `${100 * box[3]}%`;
      el.style.setProperty("--row", String(place % 3));
      el.append(document.createElement("i"), document.createElement("span"));
      plane.append(el);
      marks.push({ el, lift, event, box, limits });
      const focus = `[data-name="${graph.dataset.name}"] [data-mark="${event}"]`;
      const at = (x) => {
        const edge = plane.getBoundingClientRect();
        const share = Math.min(Math.max(((x - edge.left) / edge.width - box[0]) / box[2], 0), 1);
        return closest(edit.frames, limits[0] + share * (limits[1] - limits[0]));
      };
      let grip = null;
      el.addEventListener("pointerdown", (down) => {
        if (busy || down.button) return;
        down.stopPropagation();
        el.setPointerCapture(down.pointerId);
        el.classList.add("held");
        grip = { from: at(down.clientX), frame: frameOf(lift, event), x: down.clientX, moved: false };
      });
      el.addEventListener("pointermove", (to) => {
        if (!grip || (!grip.moved && Math.abs(to.clientX - grip.x) < 4)) return;
        grip.moved = true;
        move(lift, event, grip.frame + at(to.clientX) - grip.from, focus, null);
      });
      const letGo = (end) => {
        if (!grip) return;
        const { moved } = grip;
        grip = null;
        el.classList.remove("held");
        if (end.type === "pointercancel") putBack();
        else if (moved) commit();
        else { el.focus({ preventScroll: true }); showFrame(frameOf(lift, event)); }
      };
      el.addEventListener("pointerup", letGo);
      el.addEventListener("pointercancel", letGo);
      el.addEventListener("click", (event) => event.stopPropagation());
      el.addEventListener("blur", commit);
    });
  });
  // Ahead of the page's own keys: on a mark the arrows move it, not the film.
  addEventListener("keydown", (key) => {
    const mark = marks.find(({ el }) => el === key.target);
    if (!mark || key.altKey || key.ctrlKey || key.metaKey) return;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[key.key];
    const name = mark.el.closest(".graph").dataset.name;
    if (by) move(mark.lift, mark.event, frameOf(mark.lift, mark.event) + by, `[data-name="${name}"] [data-mark="${mark.event}"]`);
    else if (key.key === "Enter") commit();
    else if (key.key === "Escape") putBack();
    else return;
    key.preventDefault();
    key.stopImmediatePropagation();
  }, true);
  draw();

  // --- in the film: the plate, the lifter, a length ----------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";
  let picking = null;
  const endPick = () => {
    if (!picking) return;
    picking.over.remove();
    picking = null;
    all("[data-pick]").forEach((el) => el.setAttribute("aria-pressed", "false"));
  };
  const shape = (svg, name, values) => {
    const el = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(values)) el.setAttribute(key, value);
    svg.append(el);
    return el;
  };
  /* Lets a person point at the film. `done` gets the points as shares of the picture; `drag` are
     those where the pointer went down and came up. Arrow keys move a cross, Enter points. */
  const pick = (button, hint, points, done) => {
    if (!hasFilm) { say(words.no_film, true); return; }
    endPick();
    video.pause();
    const panel = opened();
    const screen = video.closest(".screen"), over = document.createElement("div");
    const fit = () => {
      const outer = screen.getBoundingClientRect(), inner = video.getBoundingClientRect();
      over.style.left = `${inner.left - outer.left}px`;
      over.style.top = `${inner.top - outer.top}px`;
      over.style.width = `${inner.width}px`;
      over.style.height = `${inner.height}px`;
    };
    if (matchMedia("(max-width: 1079px)").matches) { // the panel would lie over the film
      open("");
      screen.scrollIntoView({ block: "start", behavior: "instant" });
    }
    over.className = "pick";
    over.tabIndex = 0;
    over.setAttribute("role", "application");
    over.setAttribute("aria-label", hint);
    const svg = document.createElementNS(SVG, "svg"), text = document.createElement("p"), close = document.createElement("button");
    svg.setAttribute("viewBox", "0 0 1 1");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    text.textContent = hint;
    close.type = "button";
    close.textContent = "✕";
    close.setAttribute("aria-label", words.cancel);
    close.addEventListener("click", () => { endPick(); open(panel); });
    over.append(svg, text, close);
    screen.append(over);
    picking = { over, key: () => false };
    fit();
    new ResizeObserver(fit).observe(video);
    button.setAttribute("aria-pressed", "true");
    over.focus({ preventScroll: true });
    const found = [], cross = { x: 0.5, y: 0.5 };
    const across = shape(svg, "line", {}), down = shape(svg, "line", {}), line = shape(svg, "line", {});
    const paint = (from, to) => {
      const set = (el, x1, y1, x2, y2) => Object.entries({ x1, y1, x2, y2 }).forEach(([key, value]) => el.setAttribute(key, value));
      set(across, to.x - 0.03, to.y, to.x + 0.03, to.y);
      set(down, to.x, to.y - 0.03, to.x, to.y + 0.03);
      if (from) set(line, from.x, from.y, to.x, to.y);
    };
    paint(null, cross);
    const point = (from, to) => {
      found.push(points === 2 ? to : from);
      if (found.length < points) { text.textContent = words.second_point; paint(found[0], to); return; }
      const frame = currentFrame();
      endPick();
      open(panel);
      done(found, from, to, frame);
    };
    const place = (event) => {
      const edge = over.getBoundingClientRect();
      return {
        x: Math.min(Math.max((event.clientX - edge.left) / edge.width, 0), 1),
        y: Math.min(Math.max((event.clientY - edge.top) / edge.height, 0), 1),
      };
    };
    let from = null;
    over.addEventListener("pointerdown", (event) => {
      if (event.target === close || event.button) return;
      event.preventDefault();
      over.setPointerCapture(event.pointerId);
      from = place(event);
      paint(found[0] || from, from);
    });
    over.addEventListener("pointermove", (event) => {
      if (from) paint(found[0] || from, place(event));
      else if (found.length) paint(found[0], place(event));
    });
    over.addEventListener("pointerup", (event) => {
      if (!from) return;
      const start = from;
      from = null;
      point(start, place(event));
    });
    over.addEventListener("pointercancel", () => { from = null; });
    picking.key = (key) => {
      const far = key.shiftKey ? 0.05 : 0.01;
      const by = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[key.key];
      if (key.target === close) return false;
      if (by) {
        cross.x = Math.min(Math.max(cross.x + by[0], 0), 1);
        cross.y = Math.min(Math.max(cross.y + by[1], 0), 1);
        paint(found[0], cross);
      } else if (key.key === "Enter") point({ ...cross }, { ...cross });
      else if (key.key === "Escape") { endPick(); open(panel); button.focus(); }
      else return false;
      return true;
    };
  };
  // While somebody points, the arrow keys move the cross and not the film.
  addEventListener("keydown", (key) => {
    if (!picking || !picking.over.contains(key.target) || !picking.key(key)) return;
    key.stopImmediatePropagation();
    key.preventDefault();
  }, true);
  const button = (kind) => document.querySelector(`[data-pick="${kind}"]`);
  button("plate").addEventListener("click", () => pick(button("plate"), words.pick_plate, 1, (_, from, to, frame) => {
    const wide = video.videoWidth, high = video.videoHeight;
    const radius = Math.hypot((to.x - from.x) * wide, (to.y - from.y) * high);
    const drawn = radius > 0.01 * high ? Math.min(2 * radius / high, 1) : null;
    correct({ kind: "plate", frame, x_share: from.x, y_share: from.y, height_share: drawn }, '[data-pick="plate"]');
  }));
  button("lifter").addEventListener("click", () => pick(button("lifter"), words.pick_lifter, 1, ([at], _from, _to, frame) =>
    correct({ kind: "lifter", time_s: edit.frames[frame] * edit.slow, x_share: at.x, y_share: at.y }, "#look-again")));
  byId("plate-size").addEventListener("submit", (event) => {
    event.preventDefault();
    correct({ kind: "plate size", plate_mm: Number(byId("plate-mm").value) }, "#plate-mm");
  });
  byId("known-length").addEventListener("submit", (event) => {
    event.preventDefault();
    const length_mm = 10 * Number(byId("length-cm").value);
    pick(button("length"), words.pick_length, 2, ([one, other]) => correct({
      kind: "length", from_x_share: one.x, from_y_share: one.y, to_x_share: other.x, to_y_share: other.y, length_mm,
    }, "#length-cm"));
  });

  // --- verdicts ------------------------------------------------------------------------------------
  all("form[data-rule]").forEach((form) => form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { rule, rep } = form.dataset, lift = edit.lifts[rep];
    correct({
      kind: "wrong verdict", lift_frame: lift.frame, rule, said: lift.said[rule],
      note: form.querySelector("textarea").value.trim(),
    }, `[id="${form.closest(".check").id}"] button`);
  }));

  // --- a new look at the clip -------------------------------------------------------------------------
  const again = byId("look-again"), bar = byId("looking");
  const watch = async () => {
    if (!bar) return;
    try {
      const state = await (await fetch("api/state")).json();
      if (state.problem) { say(state.problem, true); bar.hidden = true; again.disabled = false; return; }
      if (!state.looking) {
        if (state.revision !== edit.revision) turnTo('[data-panel="lifter"]', 0, "looked");
        return;
      }
      again.closest("p").hidden = false;
      again.disabled = true;
      bar.hidden = false;
      bar.value = state.share;
      say(fill(words.looking, { stage: state.stage, percent: Math.round(100 * state.share) }));
    } catch { say(words.no_answer, true); return; }
    setTimeout(watch, 700);
  };
  if (again) {
    again.addEventListener("click", async () => {
      again.disabled = true;
      try { await post("look-again", {}); watch(); } catch (error) { again.disabled = false; say(error.message || words.no_answer, true); }
    });
    watch();
  }

  if (document.readyState === "complete") restore();
  else addEventListener("load", () => setTimeout(restore));
})();
