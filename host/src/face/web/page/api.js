// What the page asks of its server.

/** Something was not done; the message is for people. */
export class Failure extends Error {
  /** @param {string} kind as in docs/CONTROL.md, or `locked`, or `gone` */
  constructor(kind, text) {
    super(text);
    this.kind = kind;
  }
}

async function answerOf(response) {
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    // Whoever answers so is not the server that this page is from.
  }
  const error = body?.error ?? (body?.answer === "error" ? body : null);
  if (response.status === 401) throw new Failure("locked", error?.text ?? "");
  if (error || !response.ok) throw new Failure(error?.kind ?? "unavailable", error?.text ?? response.statusText);
  return body;
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    throw new Failure("gone", String(error));
  }
  return answerOf(response);
}

export const get = path => call(path);

export const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** A request of docs/CONTROL.md, and its answer. */
export const ask = request => post("/api/do", request);

/**
 * Sends a file to the server, which offers it. `fetch` does not tell how far it is, so this is an older way.
 * @param {URLSearchParams} to @param {Blob} file @param {(share: number) => void} onprogress
 * @returns {{done: Promise<any>, stop: () => void}}
 */
export function upload(to, file, onprogress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = event => onprogress(event.total ? event.loaded / event.total : 1);
    request.onload = () => {
      // Such a status has no body, which a Response insists on.
      const body = request.status === 204 ? null : request.responseText;
      answerOf(new Response(body, { status: request.status, statusText: request.statusText })).then(resolve, reject);
    };
    request.onerror = () => reject(new Failure("gone", ""));
    request.onabort = () => reject(new Failure("stopped", ""));
  });
  request.open("POST", `/api/send?${to}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(file);
  return { done, stop: () => request.abort() };
}
