"""Counting wrong passwords: section 7.2."""

import ipaddress
import math
import threading
import time
from typing import Callable

from peer.limits import FREE_GUESSES, GUESS_INTERVAL, GUESSERS_MAX


class GuessBook:
    """One for a service, over all its connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paid_off: dict[str, float] = {}
        """When each network will have waited an interval for each of its wrong guesses."""

    def wait(self, address: str) -> int:
        """Seconds for which no guess from this address is looked at, rounded up."""
        now = time.monotonic()
        owed = self._paid_off.get(_network(address), now) - now
        return max(0, math.ceil(owed - (FREE_GUESSES - 1) * GUESS_INTERVAL))

    def check(self, address: str, is_right: Callable[[], bool]) -> tuple[bool, int]:
        """(right, seconds to wait). `is_right` is not called while the address has to wait."""
        with self._lock:
            wait = self.wait(address)
            if wait:
                return False, wait
            if is_right():
                return True, 0
            network, now = _network(address), time.monotonic()
            self._paid_off[network] = max(now, self._paid_off.get(network, now)) + GUESS_INTERVAL
            if len(self._paid_off) > GUESSERS_MAX:
                del self._paid_off[min(self._paid_off, key=self._paid_off.__getitem__)]
            return False, 0


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address."""
    ip = ipaddress.ip_address(address)
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
