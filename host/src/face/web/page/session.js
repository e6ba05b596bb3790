// The key of the page: out of its address, into a cookie that no script can read.

import { Failure, get, post } from "./api.js";

/** Enters with the key if there is one, or with the cookie of before. @returns {Promise<any>} the state of the server */
export async function enter() {
  const token = location.hash.slice(1);
  if (token) {
    // It is worth nothing any more, but need not stay in the history either.
    history.replaceState(null, "", location.pathname);
    try {
      await post("/api/session", { token });
    } catch (error) {
      // It may have been used by this very browser, which has the cookie.
      if (!(error instanceof Failure) || error.kind === "gone") throw error;
    }
  }
  return get("/api/state");
}
