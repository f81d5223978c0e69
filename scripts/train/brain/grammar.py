"""Reads the topic files and draws sentences from their patterns."""

import itertools
import random
import re
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@dataclass
class Topic:
    """A block of a topic file: what people say, what golem answers, and why."""

    name: str
    cycle: bool
    asks: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    why: str | None = None


def read_topics(name: str) -> dict[str, Topic]:
    """Parses a topic file (its format stands at the head of topics-en.txt)."""
    topics: dict[str, Topic] = {}
    for line in (HERE / name).read_text("utf-8").splitlines():
        mark, _, text = line.partition(" ")
        if mark == "@":
            title, _, kind = text.partition(" ")
            topic = topics[title] = Topic(title, kind == "cycle")
        elif mark == "?":
            topic.asks.append(text)
        elif mark == "!":
            topic.replies.append(text)
        elif mark == "^":
            topic.why = text
    return topics


def read_table(name: str) -> list[list[str]]:
    """Parses a file of `a => b [=> c]` lines."""
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [[c.strip() for c in line.split("=>")] for line in lines if line and line[0] != "#"]


@cache
def expand(pattern: str) -> tuple[str, ...]:
    """All sentences of a pattern with (a|b) choices and [optional] parts."""
    inner = re.search(r"[(\[]([^()\[\]]*)[)\]]", pattern)
    if not inner:
        return (" ".join(pattern.split()),)
    choices = inner[1].split("|") + ([""] if inner[0][0] == "[" else [])
    pieces = (expand(f"{pattern[:inner.start()]}{c}{pattern[inner.end():]}") for c in choices)
    return tuple(dict.fromkeys(itertools.chain.from_iterable(pieces)))


def draw(pattern: str, rng: random.Random) -> str:
    """One sentence of a pattern, without expanding the rest."""
    while inner := re.search(r"[(\[]([^()\[\]]*)[)\]]", pattern):
        choices = inner[1].split("|") + ([""] if inner[0][0] == "[" else [])
        pattern = pattern[: inner.start()] + rng.choice(choices) + pattern[inner.end():]
    return " ".join(pattern.split())


def held_out(sentence: str) -> bool:
    """True for the twelfth of all expansions that training never sees."""
    return zlib.crc32(sentence.encode()) % 12 == 0


def asks(patterns: list[str]) -> tuple[list[str], list[str]]:
    """All sentences of some patterns: (seen in training, held out). Patterns are never held out whole."""
    seen, hidden = [], []
    for pattern in patterns:
        sentences = expand(pattern)
        far = [s for s in sentences if len(sentences) > 6 and held_out(s)]
        hidden += far
        seen += [s for s in sentences if s not in far]
    return seen, hidden
