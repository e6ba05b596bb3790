// The news of the node, once for all tabs: a browser has few connections for one server. It runs as a shared worker, or within
// the page where there is none, and keeps what a tab that is opened later has missed.

/** News that are kept, and the length of their texts in UTF-16 code units. */
const KEPT_MAX = 20_000;
const KEPT_LENGTH_MAX = 32 << 20;
/** Milliseconds until the server is tried again. */
const PAUSE = 1000;


/** @type {Map<MessagePort, {isLooking: boolean}>} */
const tabs = new Map();
/** @type {Told[]} */
let kept = [];
let length = 0;
/** How far files are, which counts only until the next one. @type {Map<number, any>} */
const moving = new Map();
let run = "", last = 0;
/** @type {Told} */
let phase = { phase: "looking" };
/** @type {EventSource | null} */
let source = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** A tab listens from now on. */
export function serve(port) {
  tabs.set(port, { isLooking: false });
  port.onmessage = ({ data }) => {
    if (data === "bye") tabs.delete(port);
    else if (data === "again") check();
    else tabs.set(port, data);
  };
  port.postMessage([...kept, ...[...moving.values()].map(news => ({ news })), phase]);
  if (!source) check();
}

/** @param {Told} told @param {boolean} [isNew] it calls for the user's attention */
function tell(told, isNew = false) {
  const isSeen = [...tabs.values()].some(tab => tab.isLooking);
  let first = isNew && !isSeen;
  for (const port of tabs.keys()) {
    port.postMessage([first ? { ...told, notify: true } : told]);
    first = false;
  }
}

function enter(name, why = "") {
  phase = { phase: name, why };
  tell(phase);
}

function keep(told, size) {
  kept.push(told);
  length += size;
  if (kept.length > KEPT_MAX || length > KEPT_LENGTH_MAX) {
    kept = kept.slice(kept.length >> 1);
    length = kept.reduce((sum, it) => sum + lengthOf(it), 0);
    // Whoever reads this needs to know whose news these are.
    if (!kept.some(it => "run" in it)) kept.unshift({ run });
  }
}

const lengthOf = told => ("news" in told ? (told.news.text?.length ?? 0) : 0);

function begin(name) {
  if (name === run) return;
  [run, last] = [name, 0];
  moving.clear();
  keep({ run }, 0);
  tell({ run });
}

function take(news) {
  if (news.news === "file" && news.state === "moving") {
    moving.set(news.file, news);
    return tell({ news });
  }
  if (news.n <= last) return;
  last = news.n;
  if (news.news === "file") moving.delete(news.file);
  keep({ news }, lengthOf({ news }));
  tell({ news }, true);
}

/** Looks what the server does, and listens if the node runs. */
async function check() {
  clearTimeout(timer);
  let state = null, status = 0;
  try {
    const response = await fetch("/api/state");
    status = response.status;
    state = await response.json();
  } catch {
    // It is not there, or is another program.
  }
  clearTimeout(timer);
  if (state?.phase === "running") return listen(state.run === run ? last : 0);
  if (status === 401) return enter("locked");
  enter(state?.phase ?? "gone", state?.why);
  timer = setTimeout(check, PAUSE);
}

function listen(since) {
  source?.close();
  const stream = new EventSource(`/api/news?since=${since}`);
  source = stream;
  const end = () => {
    stream.close();
    if (source === stream) source = null;
  };
  stream.addEventListener("run", event => {
    const name = JSON.parse(event.data).run;
    // It was started again in between: what has that number now is something else.
    if (name !== run && since) listen(0);
    else begin(name);
  });
  stream.addEventListener("message", event => source === stream && take(JSON.parse(event.data)));
  stream.addEventListener("open", () => enter("open"));
  stream.addEventListener("stopped", () => {
    end();
    check();
  });
  stream.addEventListener("error", () => {
    end();
    enter("looking");
    timer = setTimeout(check, PAUSE / 4);
  });
}

if ("SharedWorkerGlobalScope" in globalThis) {
  globalThis.onconnect = event => serve(event.ports[0]);
}
