"""How one and the same sentence arrives: typed, from Whisper, or from PocketSphinx with its errors."""

import random
import re
from pathlib import Path

from words import CAPITALS, DAYS, MONTHS, NAMES, ONES, TENS, number

PROPER = {w.lower(): w for w in [*DAYS, *MONTHS, *NAMES, *CAPITALS, *CAPITALS.values()] if w not in ("May", "March")}
PROPER |= {"golem": "Golem", "russian": "Russian", "english": "English", "whisper": "Whisper", "i": "I",
           "i'm": "I'm", "london": "London", "paris": "Paris", "moscow": "Moscow"}
DIGITS = {number(n): str(n) for n in range(100, 20, -1)} | {w: str(i) for i, w in enumerate([*ONES, "twenty"])}
COMPOUND = re.compile(r"\b(" + "|".join(sorted(DIGITS, key=len, reverse=True)) + r")\b")
QUESTION = set("what who how why where when which can could do does did are is will would whose".split())
FILLERS = "uh um well so and the a please oh now in of".split()
DROPPABLE = set("the a an of to me is do you please it are there and for".split())
HOMOPHONES = {"two": ["to", "too"], "to": ["two"], "for": ["four"], "four": ["for"], "golem": ["column", "go them"],
              "eight": ["ate"], "one": ["won"], "know": ["no"], "right": ["write"], "your": ["you're"], "joke": ["jokes"],
              "what's": ["what"], "i'm": ["i am"], "tell": ["tail"], "are": ["our"], "you": ["u", "your"], "why": ["y"]}
NUMBERS = set(ONES) | set(TENS) | {"plus", "minus", "times", "hundred"}
VOWELS = ("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW").split()


def _close(a: list[str], b: list[str]) -> bool:
    """True when two pronunciations differ by one phone at most (or one vowel in a short word)."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return a == b
    if len(a) == len(b):
        differing = [(x, y) for x, y in zip(a, b) if x != y]
        return len(differing) == 1 and (len(a) > 3 or differing[0][0] in VOWELS)
    short, long = sorted((a, b), key=len)
    return len(long) > 3 and any(long[:i] + long[i + 1:] == short for i in range(len(long)))


def neighbours(dictionary: Path) -> dict[str, list[str]]:
    """Words of a pronouncing dictionary that sound almost alike; empty where the file is absent."""
    if not dictionary.exists():
        return {}
    said: dict[str, list[str]] = {}
    for line in dictionary.read_text().splitlines():
        word, *phones = line.split()
        said.setdefault(re.sub(r"\(\d+\)$", "", word), phones)
    words = [w for w in said if len(said[w]) > 1 and w not in NUMBERS]
    table = {w: [v for v in words if v != w and _close(said[w], said[v])] for w in words}
    return {w: vs for w, vs in table.items() if vs}


class Styler:
    """Dresses clean lower-case sentences as they reach golem."""

    def __init__(self, dictionary: Path):
        self.alike = neighbours(dictionary)

    def digits(self, text: str, operators: bool) -> str:
        """Numbers in figures, as Whisper writes them."""
        text = COMPOUND.sub(lambda m: DIGITS[m[1]], text)
        if operators:
            text = re.sub(r"(\d) plus (\d)", r"\1 + \2", text)
            text = re.sub(r"(\d) minus (\d)", r"\1 - \2", text)
            text = re.sub(r"(\d) times (\d)", r"\1 x \2", text)
        return text

    def whisper(self, text: str, rng: random.Random) -> str:
        """Capitals, punctuation, figures."""
        if rng.random() < 0.6:
            text = self.digits(text, rng.random() < 0.3)
        words = [PROPER.get(w, w) for w in text.split()]
        ask = words[0].lower().removesuffix("'s") in QUESTION
        if len(words) > 1 and words[-1] == "Golem" and rng.random() < 0.7:
            words[-2] += ","
        text = " ".join(words)
        return text[0].upper() + text[1:] + ("?" if ask else rng.choice("...!"))

    def typed(self, text: str, rng: random.Random) -> str:
        """Lower case or not, apostrophes or not, a slip of the finger now and then."""
        if rng.random() < 0.4:
            text = self.digits(text, rng.random() < 0.5)
            if rng.random() < 0.2:
                text = re.sub(r" ([+\-x]) ", r"\1", text)
        if rng.random() < 0.3:
            text = text.replace("'", "")
        if rng.random() < 0.08 and len(text) > 8 and not any(c.isdigit() for c in text):
            i = rng.randrange(1, len(text) - 2)
            if text[i].isalpha() and text[i + 1].isalpha() and not set(text.split()) & NUMBERS:
                text = text[:i] + text[i + 1] + text[i] + text[i + 2:]
        if rng.random() < 0.3:
            text = text[0].upper() + text[1:]
        return text + rng.choice(["", "", "", "?", ".", "!"])

    def sphinx(self, text: str, rng: random.Random, errors: float) -> str:
        """Lower case and bare, with words misheard, lost and made up."""
        words = text.lower().split()
        if rng.random() < errors:
            i = rng.randrange(len(words))
            swaps = HOMOPHONES.get(words[i], []) + self.alike.get(words[i], [])
            if swaps and len(words) > 2:
                words[i] = rng.choice(swaps)
        if len(words) > 3 and rng.random() < errors / 2:
            lost = [i for i, w in enumerate(words) if w in DROPPABLE]
            if lost:
                del words[rng.choice(lost)]
        if len(words) > 1 and rng.random() < errors / 2:
            words.insert(rng.choice([0, 0, len(words), rng.randrange(len(words))]), rng.choice(FILLERS))
        return " ".join(words)

    def dress(self, text: str, rng: random.Random, errors: float = 0.25) -> str:
        """One of the three, at random."""
        pick = rng.random()
        if pick < 0.5:
            return self.sphinx(text, rng, errors)
        return self.whisper(text, rng) if pick < 0.8 else self.typed(text, rng)
