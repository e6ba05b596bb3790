"""Waiting."""

import threading
import time

INTERVAL = 0.02  # seconds between two looks
_never = threading.Event()


def eventually(holds, seconds, interval=INTERVAL):
    """Waits until something holds, for so many seconds at most. Returns what it was at the end."""
    deadline = time.monotonic() + seconds
    while not (result := holds()) and time.monotonic() < deadline:
        _never.wait(interval)
    return result
