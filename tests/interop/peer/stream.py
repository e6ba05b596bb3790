"""What crosses in a transfer: its hash (section 18.4), and a folder as a row of entries (section 18.6)."""

from dataclasses import dataclass
from typing import Iterator

from blake3 import blake3

from peer.fields import Attributes, Reader, check_label
from peer.limits import ENTRY_PATH_MAX, PIECE_LEN
from peer.transfer_messages import HASH_LEN, What


def chain_hash(stream: bytes | bytearray) -> bytes:
    """H of all of `stream`."""
    found, whole = bytes(HASH_LEN), memoryview(stream)
    for start in range(0, len(whole), PIECE_LEN):
        found = blake3(found + whole[start : start + PIECE_LEN]).digest()
    return found


@dataclass(frozen=True)
class Entry:
    """A folder or a file below the folder that was offered; a folder has no content."""

    path: str
    attributes: Attributes
    content: bytes | None = None

    def encode(self) -> bytes:
        path = self.path.encode("utf-8")
        what = What.FOLDER if self.content is None else What.FILE
        head = bytes([what]) + self.attributes.encode() + len(path).to_bytes(2, "big") + path
        return head if self.content is None else head + len(self.content).to_bytes(8, "big") + self.content


def folder_stream(*entries: Entry) -> bytes:
    """The stream of a folder with these in it, in whatever order they are given."""
    ordered = sorted(entries, key=lambda entry: entry.path.encode("utf-8").split(b"/"))
    return b"".join(entry.encode() for entry in ordered)


def read_folder(stream: bytes) -> list[Entry]:
    """What is in the stream of a folder, which must be in order and whole."""
    found = list(_entries(Reader(stream)))
    paths = [tuple(entry.path.encode("utf-8").split(b"/")) for entry in found]
    if paths != sorted(set(paths)):
        raise ValueError("entries out of order, or one twice")
    folders = {(), *(path for path, entry in zip(paths, found) if entry.content is None)}
    if not all(path[:-1] in folders for path in paths):
        raise ValueError("an entry in no folder")
    return found


def _entries(reader: Reader) -> Iterator[Entry]:
    while reader.more():
        what, attributes, length = What(reader.one_of(*What)), reader.attributes(), reader.number(2)
        if not 1 <= length <= ENTRY_PATH_MAX:
            raise ValueError("a path of no length, or too long")
        labels = [check_label(label) for label in reader.take(length).split(b"/")]
        content = reader.take(reader.number(8)) if what is What.FILE else None
        yield Entry("/".join(labels), attributes, content)
