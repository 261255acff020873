"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const data = JSON.parse(document.getElementById("data").textContent);
  const video = document.getElementById("film");
  const times = data.times;
  const shown = { lift: "all", time: null };

  // --- several lifts ---------------------------------------------------------------------
  const pick = (lift) => {
    shown.lift = lift;
    all(".of-lift").forEach((el) => el.classList.toggle("away", lift !== "all" && el.dataset.ofLift !== lift));
    all(".lifts button").forEach((el) => el.setAttribute("aria-pressed", String(el.dataset.lift === lift)));
  };
  const choices = all(".lifts button");
  choices.forEach((el) => el.addEventListener("click", () => pick(el.dataset.lift)));
  if (choices.length) pick(data.first);
  // A link to a check of another lift brings that lift back.
  const bring = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const home = target && target.closest(".of-lift.away");
    if (home) { pick(home.dataset.ofLift); target.scrollIntoView(); }
  };
  addEventListener("hashchange", bring);
  bring();

  if (!video || !times.length) return;

  // --- the film --------------------------------------------------------------------------
  const packed = document.getElementById("film-data");
  if (packed) {
    const letters = atob(packed.textContent.trim());
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
  }
  video.addEventListener("error", () => { document.getElementById("no-film").hidden = false; });

  // The picture that is shown at a time of the clip.
  const index = (t) => {
    let low = 0, high = times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= t + 1e-4) low = middle; else high = middle - 1;
    }
    return low;
  };
  const now = () => times[0] + video.currentTime;
  // Into the middle of a frame: players round a time that lies on its edge either way.
  const show = (i) => {
    i = Math.min(Math.max(i, 0), times.length - 1);
    const end = i + 1 < times.length ? times[i + 1] : times[i] + 0.02;
    video.currentTime = (times[i] + Math.min(end, times[i] + 0.03)) / 2 - times[0];
  };
  const seek = (t) => {
    video.pause();
    show(index(t + 2e-3));
    document.querySelector(".film").classList.add("pinned");
  };
  const step = (by) => { video.pause(); show(index(now()) + by); };
  all("[data-seek]").forEach((el) => el.addEventListener("click", () => seek(Number(el.dataset.seek))));
  document.getElementById("unpin").addEventListener("click", () => document.querySelector(".film").classList.remove("pinned"));
  document.getElementById("back").addEventListener("click", () => step(-1));
  document.getElementById("on").addEventListener("click", () => step(1));
  const slow = document.getElementById("slow");
  slow.addEventListener("click", () => {
    const on = slow.getAttribute("aria-pressed") !== "true";
    slow.setAttribute("aria-pressed", String(on));
    video.playbackRate = on ? 0.25 : 1;
  });
  const loop = document.getElementById("loop");
  let looped = null;
  loop.addEventListener("click", () => {
    looped = looped ? null : phaseAt(now());
    loop.setAttribute("aria-pressed", String(Boolean(looped)));
    if (looped) { seek(looped[0]); video.play(); }
  });
  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const on = event.target;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (by && (on === document.body || on === video || on.closest(".film, .shot, .jump"))) {
      event.preventDefault();
      step(by);
    } else if (event.key === " " && on === document.body) {
      event.preventDefault();
      if (video.paused) video.play(); else video.pause();
    }
  }, true);

  // --- what follows the film ---------------------------------------------------------------
  const phases = all(".phase").map((el) => [Number(el.dataset.start), Number(el.dataset.end), el]);
  const phaseAt = (t) => phases.find(([start, end]) => t >= start - 1e-3 && t < end) || null;
  const graphs = all(".graph").map((el) => ({
    kind: el.dataset.kind,
    plane: el.querySelector(".plane"),
    cursor: el.querySelector(".cursor"),
    box: el.dataset.box.split(" ").map(Number),
    limits: el.dataset.limits.split(" ").map(Number),
    course: data.paths[el.dataset.name] || [],
  }));
  const place = (el, left, top) => {
    el.style.display = "block";
    el.style.left = `${100 * left}%`;
    el.style.top = `${100 * top}%`;
  };
  const follow = () => {
    const t = now() + 1e-3;
    if (t === shown.time) return;
    shown.time = t;
    document.getElementById("clock").textContent = `${times[index(t)].toFixed(2)} s`;
    const current = phaseAt(t);
    phases.forEach((one) => one[2].setAttribute("aria-current", String(one === current)));
    for (const { kind, cursor, box, limits, course } of graphs) {
      cursor.style.display = "none";
      if (kind === "time" && t >= limits[0] && t <= limits[1]) {
        place(cursor, box[0] + (box[2] * (t - limits[0])) / (limits[1] - limits[0]), box[1]);
        cursor.style.height = `${100 * box[3]}%`;
      } else if (kind === "path" && course.length && t >= course[0][0] - 0.05 && t <= course[course.length - 1][0] + 0.1) {
        const at = course.reduce((a, b) => (Math.abs(b[0] - t) < Math.abs(a[0] - t) ? b : a));
        place(cursor, at[1], at[2]);
      }
    }
  };
  graphs.forEach(({ kind, plane, box, limits, course }) => plane.addEventListener("click", (event) => {
    const edge = plane.getBoundingClientRect();
    const x = (event.clientX - edge.left) / edge.width, y = (event.clientY - edge.top) / edge.height;
    if (kind === "time") {
      const share = Math.min(Math.max((x - box[0]) / box[2], 0), 1);
      seek(limits[0] + share * (limits[1] - limits[0]));
    } else if (course.length) {
      const shape = edge.height / edge.width;
      const far = ([, cx, cy]) => Math.hypot(cx - x, (cy - y) * shape);
      seek(course.reduce((a, b) => (far(b) < far(a) ? b : a))[0]);
    }
  }));
  const tick = () => {
    if (looped && !video.paused && now() >= looped[1] - 0.01) show(index(looped[0]));
    follow();
    requestAnimationFrame(tick);
  };
  video.addEventListener("seeked", follow);
  requestAnimationFrame(tick);
})();
