// What outlives the tab: numbers, of one run of the node. No text is ever stored.

const KEY = "p2pm";

/** @typedef {{run: string, read: Record<string, number>, groups: Group[]}} Stored */

function stored(run) {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "");
    if (found.run === run) return { run, read: found.read ?? {}, groups: found.groups ?? [] };
  } catch {
    // Nothing was stored, or a browser does not allow it.
  }
  return { run, read: {}, groups: [] };
}

function store(what) {
  try {
    localStorage.setItem(KEY, JSON.stringify(what));
  } catch {
    // Then it is not known the next time.
  }
}

export function load(run) {
  const { read, groups } = stored(run);
  return { read: new Map(Object.entries(read)), groups };
}

export function saveRead(run, key, n) {
  const all = stored(run);
  all.read[key] = n;
  store(all);
}

export function saveGroup(run, group) {
  const all = stored(run);
  all.groups.push(group);
  store(all);
}

/** Tells what is read in other tabs. */
export function onRead(onread) {
  addEventListener("storage", event => {
    if (event.key !== KEY || !event.newValue) return;
    const { run, read } = JSON.parse(event.newValue);
    Object.entries(read).forEach(([key, n]) => onread(run, key, n));
  });
}
