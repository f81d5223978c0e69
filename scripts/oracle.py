#!/usr/bin/env python3
"""Test sentences for `golem bench home`, labelled by hassil itself.

Draws sentences at random from the templates of Home Assistant, lets hassil (`pip install hassil`) say what they mean,
and writes that down in the form of Home Assistant's own tests:

    scripts/oracle.py en.json --home fixtures/home/en.yaml --out /tmp/sampled
    golem bench home en.json --tests /tmp/sampled
"""

from __future__ import annotations

import argparse
import json
import random
import re
from pathlib import Path
from typing import Any

import yaml
from hassil import Intents, recognize_best
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    TextChunk,
)
from hassil.intents import RangeSlotList, SlotList, TextSlotList, WildcardSlotList
from hassil.numbers import get_rbnf_engine

# What is said where anything may be.
ANYTHING = {
    "en": ["pizza", "milk and eggs", "Dark Side of the Moon", "the meeting", "turn on the lights", "two cats"],
    "ru": ["пицца", "молоко и хлеб", "Группа крови", "встреча", "включи свет", "два кота"],
}
# A filler word of each language, at the end of every tenth sentence.
FILLER = {"en": "please", "ru": "пожалуйста"}
# Stands after what was spelled out: templates such as `{number}[k]` would join it with the next word.
JOINT = "\x01"
# The rules of spelling whose words are no plain numbers.
OTHER_SPELLING = ("year", "ordinal")


class Sampler:
    """Draws sentences from templates."""

    def __init__(self, intents: Intents, lists: dict[str, SlotList], language: str, seed: int) -> None:
        self.intents = intents
        self.lists = lists
        self.language = language
        self.random = random.Random(seed)

    def sentence(self, template: Expression, domains: list[str]) -> str:
        """One sentence; things come from `domains`, where given."""
        said = self._expression(template, domains)
        said = re.sub(JOINT + r"(?=\w)", " ", said).replace(JOINT, "")
        if self.random.random() < 0.1:
            said += " " + FILLER[self.language]
        if self.random.random() < 0.1:
            said = said.capitalize() + self.random.choice(".?!")
        return " ".join(said.split())

    def _expression(self, part: Expression, domains: list[str]) -> str:
        if isinstance(part, TextChunk):
            return part.original_text
        if isinstance(part, Alternative):
            return self._expression(self.random.choice(part.items), domains)
        if isinstance(part, Permutation):
            items = self.random.sample(part.items, len(part.items))
            return " ".join(self._expression(item, domains) for item in items)
        if isinstance(part, Group):
            return "".join(self._expression(item, domains) for item in part.items)
        if isinstance(part, RuleReference):
            return self._expression(self.intents.expansion_rules[part.rule_name].expression, domains)
        assert isinstance(part, ListReference)
        return self._value(part.list_name, domains) + JOINT

    def _value(self, name: str, domains: list[str]) -> str:
        values = self.lists[name]
        if isinstance(values, WildcardSlotList):
            return self.random.choice(ANYTHING[self.language])
        if isinstance(values, RangeSlotList):
            return self._number(values)
        assert isinstance(values, TextSlotList)
        fitting = [value for value in values.values if (value.context or {}).get("domain") in domains]
        return self._expression(self.random.choice(fitting or values.values).text_in, domains)

    def _number(self, values: RangeSlotList) -> str:
        # A number just above the range is in it for hassil, and spelled ones forget the multiplier there.
        number = self.random.choice([n for n in values.get_numbers() if n <= values.stop])
        if values.multiplier is not None or number != int(number) or self.random.random() < 0.6:
            return str(number)
        spelled = get_rbnf_engine(self.language).format_number(number).text_by_ruleset
        plain = [words for rule, words in spelled.items() if not any(other in rule for other in OTHER_SPELLING)]
        return self.random.choice(plain)


def forms(name: str) -> list[str]:
    """All forms of a name: the slot gets the one that was said."""
    from hassil.parse_expression import parse_sentence
    from hassil.sample import sample_expression

    return list(dict.fromkeys(" ".join(form.split()) for form in sample_expression(parse_sentence(name).expression)))


def home_lists(home: dict[str, Any]) -> dict[str, SlotList]:
    """The lists of a home's areas, floors and things."""

    def of(key: str) -> TextSlotList:
        rows = []
        for thing in home.get(key, []):
            context = dict(thing.get("attributes") or {})
            if "id" in thing:
                context["domain"] = thing["id"].split(".")[0]
            rows += [(form, form, context) for form in forms(thing["name"])]
        return TextSlotList.from_tuples(rows)

    return {"area": of("areas"), "floor": of("floors"), "name": of("entities")}


def main() -> None:
    """Reads the arguments and writes the tests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=Path, help="JSON of the package home-assistant-intents for one language")
    parser.add_argument("--home", type=Path, required=True, help="YAML with areas, floors and entities")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tests")
    parser.add_argument("--count", type=int, default=3000, help="sentences to draw (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw (default: %(default)s)")
    args = parser.parse_args()

    intents = Intents.from_dict(json.loads(args.sentences.read_text()))
    home = yaml.safe_load(args.home.read_text())
    lists = home_lists(home)
    sampler = Sampler(intents, {**intents.slot_lists, **lists}, intents.language, args.seed)
    blocks = [(block, template) for intent in intents.intents.values() for block in intent.data for template in block.sentences]

    tests = []
    for _ in range(args.count):
        block, template = sampler.random.choice(blocks)
        domains = (block.requires_context or {}).get("domain", [])
        sentence = sampler.sentence(template.expression, domains)
        area = "area" in (block.requires_context or {}) and sampler.random.choice(lists["area"].values).value_out
        context = {"area": area} if area else {}
        best = recognize_best(
            sentence, intents, slot_lists=lists, intent_context=context, best_slot_name="name"
        )
        if best is None:
            continue
        slots = {name: entity.value for name, entity in best.entities.items()}
        tests.append({"sentences": [sentence], "intent": {"name": best.intent.name, "slots": slots, "context": context}})

    folder = args.out / intents.language
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_fixtures.yaml").write_text(args.home.read_text())
    text = yaml.safe_dump({"language": intents.language, "tests": tests}, allow_unicode=True, sort_keys=False)
    (folder / "sampled.yaml").write_text(text)
    print(f"{len(tests)} of {args.count} sentences understood by hassil, written to {folder}")


if __name__ == "__main__":
    main()
