// The control socket of a node (docs/CONTROL.md).

import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";

export class Control {
  static async open(path) {
    const control = new Control();
    control.socket = connect(path);
    await once(control.socket, "connect");
    // A step that fails leaves it behind.
    control.socket.unref();
    control.lines = createInterface({ input: control.socket })[Symbol.asyncIterator]();
    return control;
  }

  /** Asks for something, and waits for the answer. */
  async ask(request) {
    this.socket.write(`${JSON.stringify({ v: 1, ...request })}\n`);
    return JSON.parse((await this.lines.next()).value);
  }

  close() {
    this.socket.destroy();
  }
}
