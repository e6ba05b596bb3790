"""The examples in docs/, as a user runs them."""

import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from checks.checking import PASSWORD, check, equal
from checks.control import RunningNode
from checks.programs import Program

_FOLDER = Path(__file__).parents[3] / "docs" / "examples"


def _example(user: RunningNode, name: str, *args: str) -> Program:
    """An example, for which the programs are on the path."""
    path = os.environ["P2PM_PROGRAMS"] + os.pathsep + os.environ["PATH"]
    return Program(str(_FOLDER / name), *args, env={**user.env, "PATH": path})


@contextmanager
def _katie_and_abdul() -> Iterator[tuple[RunningNode, RunningNode]]:
    with RunningNode(PASSWORD, "katie") as katie, RunningNode(PASSWORD, "abdul") as abdul:
        katie.control.ask("connect", address=f"127.0.0.1:{abdul.port}")
        katie.listener.news("came")
        yield katie, abdul


@check
def the_bot_answers_whoever_asks_and_waits() -> None:
    with _katie_and_abdul() as (katie, abdul), _example(abdul, "bot.py") as bot:
        bot.expect("done")
        for _ in range(2):  # the second answer is not the first
            with _example(katie, "ask.sh", "abdul", "time?") as question:
                question.expect(r"^it is \d\d:\d\d\r?\n$")
                equal(question.wait(), 0)
        for name, seconds, status in (("abdul", "0.5", 124), ("zoe", "9", 4)):
            with _example(katie, "ask.sh", name, "who are you?", seconds) as question:
                equal(question.wait(), status, name)


@check
def the_alert_comes_only_when_the_disk_is_full() -> None:
    with _katie_and_abdul() as (katie, abdul):
        for percent in ("100", "-1"):
            with _example(katie, "disk.sh", "abdul", percent) as alert:
                equal(alert.wait(), 0)
        text = abdul.listener.news("said")["text"]
        equal(text.partition(": ")[2].startswith("the disk is "), True, text)
        equal(katie.listener.news("we_said")["message"], 1, "only one was sent")
