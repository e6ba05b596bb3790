"""The rule for names, beside the categories that this Python knows."""

import sys
import unicodedata

from checks.checking import check, equal
from peer.faults import ProtocolFault
from peer.fields import check_name

REFUSED = ("Cc", "Cf", "Co", "Zl", "Zp", "Zs")
"""Categories of which no character but U+0020 is in a name, whatever the version of Unicode."""

IGNORED_OR_BLANK = {
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2800\ufffc",
    *"\U00013441\U00013442\U00016fe4\U0001d159",
    *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0)),
}
"""Characters of other categories that are in no name either."""


def _is_name(text: str) -> bool:
    try:
        check_name(text.encode("utf-8"))
    except ProtocolFault:
        return False
    return True


@check
def names_are_of_characters_that_can_be_seen() -> None:
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        category = unicodedata.category(char)
        if category in ("Cs", "Cn"):
            continue  # what cannot be encoded, and what another version of Unicode may know
        can_be_seen = char == " " or (category not in REFUSED and char not in IGNORED_OR_BLANK)
        equal(_is_name(f"a{char}b"), can_be_seen, f"U+{number:04X}")
    equal([_is_name(name) for name in (" a", "a ", " ", "a b")], [False, False, False, True])
