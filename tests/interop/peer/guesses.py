"""Counting wrong passwords: section 7.2."""

import ipaddress
import math
import threading
import time
from dataclasses import dataclass
from typing import Callable

from peer.limits import (
    FREE_GUESSES,
    FREE_SITE_GUESSES,
    FREE_STRANGER_GUESSES,
    GUESS_INTERVAL,
    GUESSERS_MAX,
    SITE_GUESS_INTERVAL,
    STRANGER_GUESS_INTERVAL,
)

Place = ipaddress.IPv4Network | ipaddress.IPv6Network
"""A network or a site."""


@dataclass(frozen=True)
class Rate:
    free: int
    interval: float

    def wait(self, moment: float, now: float) -> float:
        return max(0.0, moment - now - (self.free - 1) * self.interval)


NETWORK = Rate(FREE_GUESSES, GUESS_INTERVAL)
SITE = Rate(FREE_SITE_GUESSES, SITE_GUESS_INTERVAL)
STRANGERS = Rate(FREE_STRANGER_GUESSES, STRANGER_GUESS_INTERVAL)


class GuessBook:
    """One for a service, over all its connections."""

    def __init__(self, room: int = GUESSERS_MAX, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._room = room
        self._moments: dict[Place, float] = {}
        """When what each network or site owes will have passed."""
        self._proved: dict[Place, None] = {}
        """The networks of right passwords, the latest last."""
        self._strangers = 0.0

    def wait(self, address: str) -> int:
        """Seconds for which no guess from this address is looked at, rounded up."""
        now = self._clock()
        network, *site = _places(address)
        counted = [network] if network in self._proved else [network, *site]
        return max(math.ceil(self._wait(place, now)) for place in counted)

    def check(self, address: str, is_right: Callable[[], bool]) -> tuple[bool, int]:
        """(right, seconds to wait). `is_right` is not called while the address has to wait."""
        with self._lock:
            wait = self.wait(address)
            if wait:
                return False, wait
            if is_right():
                self._remember(_places(address)[0])
                return True, 0
            now = self._clock()
            if not all([self._charge(place, now) for place in _places(address)]):
                self._strangers = max(now, self._strangers) + STRANGERS.interval
            return False, 0

    def _wait(self, place: Place, now: float) -> float:
        if place in self._moments or place in self._proved or self._has_room(now):
            return _rate(place).wait(self._moments.get(place, now), now)
        return STRANGERS.wait(self._strangers, now)

    def _charge(self, place: Place, now: float) -> bool:
        """False if there is no room to count it."""
        if not (place in self._moments or place in self._proved or self._has_room(now)):
            return False
        self._moments[place] = max(now, self._moments.get(place, now)) + _rate(place).interval
        return True

    def _has_room(self, now: float) -> bool:
        if len(self._moments.keys() | self._proved.keys()) >= self._room:
            self._moments = {place: moment for place, moment in self._moments.items() if moment > now}
        return len(self._moments.keys() | self._proved.keys()) < self._room

    def _remember(self, network: Place) -> None:
        self._proved.pop(network, None)
        self._proved[network] = None
        if len(self._proved) > self._room // 4:
            del self._proved[next(iter(self._proved))]


def _rate(place: Place) -> Rate:
    return SITE if place.prefixlen == 48 else NETWORK


def _places(address: str) -> list[Place]:
    """An IPv4 address, or the /64 of an IPv6 address and its /48."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip.ipv4_mapped is None:
        return [ipaddress.IPv6Network((ip, length), strict=False) for length in (64, 48)]
    return [ipaddress.IPv4Network(ip if ip.version == 4 else ip.ipv4_mapped)]
