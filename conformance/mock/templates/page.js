"use strict";
(() => {
  const MOST = 200;
  const jobs = new Map();
  let requests = 0;
  const at = (id) => document.getElementById(id);
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const clock = (time) => new Date(time).toLocaleTimeString([], { hour12: false });

  const card = (view) => {
    const made = element("li");
    const row = element("div", undefined, "row");
    row.append(element("code", view.job));
    if (view.status !== null) row.append(element("span", view.status, `pill ${view.stage}`));
    made.append(row);
    if (view.progress !== null) {
      const bar = element("progress");
      bar.max = 100;
      bar.value = view.progress;
      bar.setAttribute("aria-label", "progress");
      made.append(bar);
    }
    for (const text of view.said) made.append(element("p", text, "said"));
    made.append(element("small", `${clock(view.made)}, ${view.by}`));
    return made;
  };

  const show = (key, view) => {
    const made = card(view);
    const known = jobs.get(key);
    if (known) known.element.replaceWith(made);
    else {
      const list = at("jobs");
      const older = [...list.children].find((other) => other.dataset.made <= view.made);
      list.insertBefore(made, older ?? null);
    }
    made.dataset.made = view.made;
    jobs.set(key, { element: made, view });
  };

  const remove = (key) => {
    jobs.get(key)?.element.remove();
    jobs.delete(key);
  };

  const outcome = (told) => {
    const parts = [];
    if (told.job !== null) parts.push((told.made ? "made " : "") + told.job);
    if (told.model !== null) parts.push(told.model);
    if (told.stage !== null) parts.push(told.progress === null ? told.stage : `${told.stage} ${told.progress} %`);
    if (told.refused !== null) parts.push(`refused: ${told.refused}`);
    if (told.followed.length) parts.push(`Prefer: ${told.followed.join(", ")}`);
    for (const { preference, why } of told.ignored) parts.push(`Prefer ignored: ${preference} (${why})`);
    if (told.script !== null) parts.push(`script: ${told.script}`);
    if (told.nasty_says.length) parts.push(`nasty: ${told.nasty_says.join("; ")}`);
    if (told.hidden) parts.push("the job was made, and the answer does not say so");
    return parts.join(" · ");
  };

  const log = (told) => {
    requests += 1;
    const row = element("tr");
    const status = element("td");
    const bad = told.status === null || told.status >= 400;
    status.append(element("span", told.status === null ? "none" : told.status, bad ? "pill refused" : "pill"));
    const request = element("td");
    request.append(element("code", `${told.method} ${told.path}`));
    row.append(element("td", clock(told.time)), status, element("td", `${told.milliseconds} ms`), request, element("td", outcome(told)));
    const body = at("requests").tBodies[0];
    body.prepend(row);
    if (body.rows.length > MOST) body.lastElementChild.remove();
  };

  const count = () => {
    at("jobs-count").textContent = jobs.size ? String(jobs.size) : "";
    at("requests-count").textContent = requests ? String(requests) : "";
    at("no-jobs").hidden = jobs.size > 0;
    at("no-requests").hidden = requests > 0;
    at("requests").hidden = requests === 0;
  };

  const news = (data) => {
    for (const key of data.gone ?? []) remove(key);
    for (const [key, view] of Object.entries(data.jobs)) show(key, view);
    data.requests.forEach(log);
    count();
  };

  const events = new EventSource(location.pathname);
  events.addEventListener("open", () => { at("state").textContent = "live"; });
  events.addEventListener("error", () => { at("state").textContent = "the server is gone; waiting for it …"; });
  events.addEventListener("all", (event) => {
    jobs.clear();
    requests = 0;
    at("jobs").replaceChildren();
    at("requests").tBodies[0].replaceChildren();
    news(JSON.parse(event.data));
  });
  events.addEventListener("news", (event) => news(JSON.parse(event.data)));
})();
