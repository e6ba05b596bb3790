"""The control socket of `p2pm`, line by line, by docs/CONTROL.md."""

import json

from checks.checking import PASSWORD, check, equal
from checks.control import Control, RunningNode

REQUEST_MAX = 99_328


def _is_cut_off(control: Control, line: str) -> bool:
    try:
        control.send(line)
    except (AssertionError, BrokenPipeError, ConnectionResetError):
        return True
    return False


@check
def p2pm_says_what_is_wrong_with_a_request() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for line, kind in [
            ("", "usage"), ("[]", "usage"), ("{", "usage"), ('{"do":"who"}', "usage"),
            ('{"v":2,"do":"who"}', "usage"), ('{"v":1,"do":"fly"}', "usage"), ('{"v":1}', "usage"),
            ('{"v":1,"do":"say","text":"a","too":1}', "usage"), ('{"v":1,"do":"connect","address":":::"}', "usage"),
            ('{"v":1,"do":"rename","name":""}', "usage"), ('{"v":1,"do":"say","text":"a"}', "nobody"),
            ('{"v":1,"do":"accept","name":"katie"}', "nobody"),
            (json.dumps({"v": 1, "do": "say", "text": "a" * 16_385}), "too_long"),
        ]:
            answer = abdul.control.send(line)
            equal((answer["answer"], answer.get("kind")), ("error", kind), line[:60])
        longest = '{"v":1,"do":"who"'.ljust(REQUEST_MAX - 2) + "}"
        equal(abdul.control.send(longest)["answer"], "who")


@check
def p2pm_cuts_off_whoever_sends_no_lines() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for line in ('{"v":1,"do":"who"'.ljust(REQUEST_MAX - 1) + "}", "x" * 1_000_000):
            control = abdul.another()
            equal(control.ask("listen")["answer"], "done")
            equal(_is_cut_off(control, line), True, line[:20])
            control.close()
        equal(abdul.control.ask("who")["people"], [])


@check
def news_come_after_the_answer_that_they_come() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for _ in range(20):
            # Nobody listens at port 1, so each of them is a piece of news.
            equal(abdul.control.ask("connect", address="127.0.0.1:1")["answer"], "done")
            told = abdul.listener.news("not_reached", address="127.0.0.1:1")["n"]
            control = abdul.another()
            equal(control.ask("listen", since=0), {"v": 1, "answer": "done"})
            equal([control.news("not_reached")["n"] for _ in range(told)], [*range(1, told + 1)])
            answer = control.ask("listen")
            equal((answer["answer"], answer["kind"]), ("error", "usage"))
            control.close()
