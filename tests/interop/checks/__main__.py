"""Runs the checks whose names contain one of the arguments, or all of them.

Exit status 0 if every one of them passed.
"""

import signal
import sys
import time

from checks import (
    chats, communities, control_lines, devices, examples, keepers, letter_refusals, link_refusals, links, names,
    passwords, programs, refusals, transfer_refusals, transfers, vectors)
from checks.checking import CHECKS, run

PARTS = (vectors, names, communities, chats, links, control_lines, examples, passwords, refusals,
         link_refusals, keepers, letter_refusals, devices, transfers, transfer_refusals)
TOTAL_TIME = 300.0
"""Seconds for all checks together: a program or a peer that goes on for ever ends here."""


def main() -> int:
    def too_late(*_: object) -> None:
        sys.exit(f"not done after {TOTAL_TIME} s")

    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, TOTAL_TIME)
    began = time.monotonic()
    wanted = [name.replace(" ", "_") for name in sys.argv[1:]] or [""]
    checks = [one for part in PARTS for one in CHECKS if one.__module__ == part.__name__]
    chosen = [one for one in checks if any(name in one.__name__ for name in wanted)]
    try:
        results = [run(one) for one in chosen]
    finally:
        programs.stop_all()
    passed, skipped = results.count(True), results.count(None)
    print(f"{passed} of {len(chosen)} checks passed in {time.monotonic() - began:.1f} s, {skipped} skipped")
    return 0 if passed and passed + skipped == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
