"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const data = JSON.parse(document.getElementById("data").textContent);
  const video = document.getElementById("film");
  const { times, at, words } = data;

  // --- several lifts ---------------------------------------------------------------------
  const choices = all("[data-lift]");
  const pick = (lift) => {
    all(".of-lift").forEach((el) => el.classList.toggle("away", lift !== "all" && el.dataset.ofLift !== lift));
    choices.forEach((el) => el.setAttribute("aria-pressed", String(el.dataset.lift === lift)));
  };
  // A link to a check of another lift brings that lift back.
  const bring = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const home = target && target.closest(".of-lift.away");
    if (home) { pick(home.dataset.ofLift); target.scrollIntoView(); }
  };
  if (choices.length) pick(data.first);
  addEventListener("hashchange", bring);
  bring();

  if (!video || !times.length) {
    choices.forEach((el) => el.addEventListener("click", () => pick(el.dataset.lift)));
    return;
  }

  // --- the film --------------------------------------------------------------------------
  // The film's text comes last in the page and is unpacked when all else is there.
  const unpack = () => {
    const packed = document.getElementById("film-data");
    if (!packed) return;
    const text = packed.textContent.trim();
    let bytes;
    if (Uint8Array.fromBase64) {
      bytes = Uint8Array.fromBase64(text);
    } else {
      const letters = atob(text);
      bytes = new Uint8Array(letters.length);
      for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    }
    video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
  };
  if (document.readyState === "complete") unpack();
  else addEventListener("load", () => setTimeout(unpack));
  const lost = () => { document.getElementById("no-film").hidden = false; };
  video.addEventListener("error", lost);
  if (video.error) lost(); // a film beside the page may be found missing before we listen

  // Picture i of the film shows the clip at times[i] and comes up at at[i]. Where the film stands
  // still, several pictures share a time of the clip.
  const last = (list, value) => {
    let low = 0, high = list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (list[middle] <= value + 1e-4) low = middle; else high = middle - 1;
    }
    return low;
  };
  const index = (t) => {
    let i = last(times, t);
    while (i > 0 && times[i - 1] === times[i]) i--;
    return i;
  };
  const here = () => last(at, video.currentTime);
  const now = () => {
    const i = here(), next = i + 1 < times.length ? times[i + 1] : times[i] + 0.02;
    return times[i] + Math.min(Math.max(video.currentTime - at[i], 0), Math.max(next - times[i], 0));
  };
  // Into the middle of a picture: players round a time that lies on its edge either way.
  const show = (i) => {
    i = Math.min(Math.max(i, 0), times.length - 1);
    const end = i + 1 < at.length ? at[i + 1] : at[i] + 0.02;
    video.currentTime = (at[i] + Math.min(end, at[i] + 0.03)) / 2;
  };
  const step = (by) => {
    video.pause();
    const i = here();
    let to = i + by;
    while (to > 0 && to < times.length - 1 && times[to] === times[i]) to += by;
    show(to);
  };

  // Where the film is out of sight (on a phone), it comes along at the bottom of the screen.
  const film = document.querySelector(".film"), home = document.querySelector(".home");
  const narrow = matchMedia("(max-width: 1079px)");
  const unpin = () => { film.classList.remove("pinned"); home.style.height = ""; };
  const pin = () => {
    const edge = home.getBoundingClientRect();
    if (!narrow.matches || (edge.top >= 0 && edge.bottom <= innerHeight)) return;
    home.style.height = `${edge.height}px`;
    film.classList.add("pinned");
  };
  new IntersectionObserver(([entry]) => { if (entry.intersectionRatio > 0.9) unpin(); }, { threshold: 0.9 }).observe(home);
  narrow.addEventListener("change", unpin);
  addEventListener("film-wanted", pin); // whoever else shows a picture of it
  document.getElementById("unpin").addEventListener("click", unpin);

  // The picture that is nearest to a moment; of a phase, the first that belongs to it.
  const nearest = (t) => {
    const i = last(times, t);
    return index(i + 1 < times.length && times[i + 1] - t < t - times[i] ? times[i + 1] : times[i]);
  };
  const opening = (t) => {
    const i = last(times, t + 1e-3);
    return times[i] < t - 1e-3 ? i + 1 : index(times[i]);
  };
  const seek = (i) => {
    video.pause();
    show(i);
    pin();
  };
  const phases = all(".phase").map((el) => [Number(el.dataset.start), Number(el.dataset.end), el]);
  const phaseAt = (t) => phases.find(([start, end]) => t >= start - 1e-3 && t < end) || null;
  const loop = document.getElementById("loop");
  let looped = null;
  const around = (phase) => {
    looped = phase;
    loop.setAttribute("aria-pressed", String(Boolean(phase)));
    if (phase) { show(opening(phase[0])); video.play(); }
  };
  loop.addEventListener("click", () => {
    const t = now();
    around(looped ? null : phaseAt(t) || phases.find(([start]) => start > t) || phases[0] || null);
  });
  all("[data-seek]").forEach((el) => el.addEventListener("click", () => {
    seek((el.dataset.start ? opening : nearest)(Number(el.dataset.seek)));
    if (looped) around(phases.find((one) => one[2] === el) || null);
  }));
  choices.forEach((el) => el.addEventListener("click", () => {
    pick(el.dataset.lift);
    const start = data.starts[el.dataset.lift];
    if (start !== undefined) { around(null); video.pause(); show(opening(start)); }
  }));
  document.getElementById("back").addEventListener("click", () => step(-1));
  document.getElementById("on").addEventListener("click", () => step(1));
  const slow = document.getElementById("slow");
  slow.addEventListener("click", () => {
    const on = slow.getAttribute("aria-pressed") !== "true";
    slow.setAttribute("aria-pressed", String(on));
    video.playbackRate = on ? 0.25 : 1;
  });
  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const on = event.target;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (by && !on.closest(".scroll, input, select, textarea")) {
      event.preventDefault();
      step(by);
    } else if (on.closest("[role=slider]") && (event.key === "Home" || event.key === "End")) {
      event.preventDefault();
      video.pause();
      show(event.key === "Home" ? 0 : times.length - 1);
    } else if (event.key === " " && (on === document.body || on.closest("[role=slider]"))) {
      event.preventDefault();
      if (video.paused) video.play(); else video.pause();
    }
  }, true);

  // --- what follows the film ---------------------------------------------------------------
  const graphs = all(".graph").map((el) => ({
    kind: el.dataset.kind,
    plane: el.querySelector(".plane"),
    cursors: all(".cursor", el).map((dot) => [dot, data.paths[dot.dataset.path || el.dataset.name] || []]),
    box: el.dataset.box.split(" ").map(Number),
    limits: el.dataset.limits.split(" ").map(Number),
  }));
  const place = (el, left, top) => {
    el.style.display = "block";
    el.style.left = `${100 * left}%`;
    el.style.top = `${100 * top}%`;
  };
  const clock = document.getElementById("clock");
  let followed = null;
  const follow = () => {
    const t = now() + 1e-3;
    if (t === followed) return;
    followed = t;
    const seconds = times[here()].toFixed(2), spoken = words.time.replace("{seconds}", seconds);
    clock.textContent = spoken;
    const current = phaseAt(t);
    phases.forEach((one) => one[2].setAttribute("aria-current", String(one === current)));
    for (const { kind, plane, cursors, box, limits } of graphs) {
      cursors.forEach(([dot]) => { dot.style.display = "none"; });
      if (plane.hasAttribute("role")) {
        plane.setAttribute("aria-valuenow", seconds);
        plane.setAttribute("aria-valuetext", spoken);
      }
      if (kind === "time" && t >= limits[0] && t <= limits[1]) {
        const [line] = cursors[0];
        place(line, box[0] + (box[2] * (t - limits[0])) / (limits[1] - limits[0]), box[1]);
        line.style.height = `${100 * box[3]}%`;
      } else if (kind === "path") {
        cursors.filter(([, course]) => course.length).forEach(([dot, course]) => {
          const near = course.reduce((a, b) => (Math.abs(b[0] - t) < Math.abs(a[0] - t) ? b : a));
          if (Math.abs(near[0] - t) < 0.1) place(dot, near[1], near[2]);
        });
      }
    }
  };
  graphs.forEach(({ kind, plane, cursors, box, limits }) => plane.addEventListener("click", (event) => {
    const edge = plane.getBoundingClientRect();
    const x = (event.clientX - edge.left) / edge.width, y = (event.clientY - edge.top) / edge.height;
    if (kind === "time") {
      const share = Math.min(Math.max((x - box[0]) / box[2], 0), 1);
      seek(nearest(limits[0] + share * (limits[1] - limits[0])));
    } else {
      const course = cursors.flatMap(([, points]) => points);
      if (!course.length) return;
      const shape = edge.height / edge.width;
      const far = ([, cx, cy]) => Math.hypot(cx - x, (cy - y) * shape);
      seek(nearest(course.reduce((a, b) => (far(b) < far(a) ? b : a))[0]));
    }
  }));
  const tick = () => {
    if (looped && !video.paused && now() >= looped[1] - 0.01) show(opening(looped[0]));
    follow();
    requestAnimationFrame(tick);
  };
  video.addEventListener("seeked", follow);
  requestAnimationFrame(tick);
})();
