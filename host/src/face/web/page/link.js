// The feed of news, from the side of a tab.

import { serve } from "./feed.js";

/** @param {(told: Told[]) => void} onTold @param {() => void} onLook the user has begun to look here, or has ended */
export function follow(onTold, onLook) {
  const port = open();
  port.onmessage = ({ data }) => onTold(data);
  for (const event of ["focus", "blur"]) addEventListener(event, onLook);
  document.addEventListener("visibilitychange", onLook);
  addEventListener("pagehide", () => port.postMessage("bye"));
  // It was put aside, and has missed what was said since.
  addEventListener("pageshow", event => event.persisted && location.reload());
  port.postMessage({ isLooking: document.hasFocus() });
  return {
    again: () => port.postMessage("again"),
    looking: isLooking => port.postMessage({ isLooking }),
  };
}

function open() {
  if (globalThis.SharedWorker) return new SharedWorker("/feed.js", { type: "module", name: "p2pm" }).port;
  const { port1, port2 } = new MessageChannel();
  serve(port2);
  return port1;
}
