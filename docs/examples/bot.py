#!/usr/bin/env python3
"""Answers whoever writes "time?" to the user of a running p2pm. It needs nothing but Python's own library."""

import json
import os
import socket
import time
from pathlib import Path

PROFILE = "default"


def control_socket() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime, "p2pm") if os.path.isdir(runtime) else Path(f"/tmp/p2pm-{os.getuid()}")
    return folder / f"{PROFILE}.sock"


def main() -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(control_socket()))
        lines = connection.makefile("rw", encoding="utf-8", newline="\n")

        def ask(do: str, **fields: object) -> None:
            lines.write(json.dumps({"v": 1, "do": do, **fields}) + "\n")
            lines.flush()

        ask("listen")
        for line in lines:  # answers and news, until the node ends
            told = json.loads(line)
            if "answer" in told:
                print(told.get("text", told["answer"]), flush=True)
            elif told.get("news") == "said" and not told["to_all"] and told["text"].strip() == "time?":
                # The tag, not the name: several may go by one name, and somebody by none.
                ask("say", to=told["from"]["tag"], text=time.strftime("it is %H:%M"))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
