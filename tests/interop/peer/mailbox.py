"""What a keeper holds, and what an addressee remembers of authors: section 16.10."""

from collections import Counter
from dataclasses import dataclass, field

from peer.keeper_messages import Fate, Kept, Letter
from peer.limits import HELD_TEXTS, RUNS_HEARD


@dataclass(frozen=True)
class Held:
    author: bytes
    addressee: bytes
    signature: bytes
    letter: Letter

    @property
    def identity(self) -> tuple[bytes, bytes, int, int]:
        """By which one that comes again is known."""
        return self.author, self.addressee, self.letter.run, self.letter.number

    def fate(self, fate: Fate, signature: bytes = b"") -> Kept:
        return Kept(self.addressee, self.letter.number, fate, signature)


@dataclass
class Mailbox:
    """Of a node that is a keeper."""

    letters: list[Held] = field(default_factory=list)
    """In the order in which they came."""
    untold: list[tuple[bytes, int, Kept]] = field(default_factory=list)
    """What authors are to be told of what came of their letters: the author, its run, the news."""

    def hold(self, new: Held) -> bool:
        """Takes a letter, and makes room for it. Whether it is held, and not itself what had to go."""
        for at, held in enumerate(self.letters):
            if held.identity == new.identity:
                self.letters[at] = new
                return True
        self.letters.append(new)
        if len(self.letters) <= HELD_TEXTS:
            return True
        out = self._of_whom_there_are_most()
        self.letters.remove(out)
        if out is not new:
            self.untold.append((out.author, out.letter.run, out.fate(Fate.NOT_HELD)))
        return out is not new

    def _of_whom_there_are_most(self) -> Held:
        author, _ = Counter(held.author for held in self.letters).most_common(1)[0]
        theirs = [held for held in self.letters if held.author == author]
        addressee, _ = Counter(held.addressee for held in theirs).most_common(1)[0]
        return [held for held in theirs if held.addressee == addressee][-1]

    def first_for(self, addressee: bytes) -> Held | None:
        return next((held for held in self.letters if held.addressee == addressee), None)

    def end(self, held: Held, fate: Fate, signature: bytes = b"") -> None:
        """A letter was taken, or not; its author is to be told."""
        self.letters = [it for it in self.letters if it.identity != held.identity]
        self.untold.append((held.author, held.letter.run, held.fate(fate, signature)))

    def news_for(self, author: bytes, run: int) -> list[Kept]:
        """What this author is told now; nobody is told of another run any more."""
        news = [kept for to, of_run, kept in self.untold if (to, of_run) == (author, run)]
        self.untold = [it for it in self.untold if it[0] != author]
        return news


class History:
    """Of one author: the last message that was received whole, in each of the last runs of its node."""

    def __init__(self) -> None:
        self._heard: dict[int, int] = {}
        self._may_begin = True
        """Whether a keeper may come with a run in the place of one that is remembered."""

    def linked(self, run: int) -> None:
        """The author is linked with us in this run."""
        self._may_begin = True
        self._remember(run, self.heard(run))

    def kept(self, run: int) -> int | None:
        """A keeper comes with this run. What was received of it; None if it may not."""
        return self.heard(run) if run in self._heard or self._has_room() or self._may_begin else None

    def heard(self, run: int) -> int:
        return self._heard.get(run, 0)

    def received(self, run: int, number: int) -> None:
        """A message, over a link or, if the run is not remembered, by a keeper."""
        if run not in self._heard and not self._has_room():
            self._may_begin = False
        self._remember(run, number)

    def _has_room(self) -> bool:
        return len(self._heard) < RUNS_HEARD

    def _remember(self, run: int, number: int) -> None:
        self._heard[run] = number
        while len(self._heard) > RUNS_HEARD:
            del self._heard[next(iter(self._heard))]
