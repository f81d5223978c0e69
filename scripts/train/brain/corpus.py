"""Conversations with golem, made from the topic files and skills: the training text of the starter brain."""

import argparse
import random
from dataclasses import dataclass, field
from pathlib import Path

import words
from grammar import asks, draw, read_table, read_topics
from skills import SKILLS, cap, fact, number
from style import Styler

ROOT = Path(__file__).resolve().parents[3]
DICTIONARY = ROOT / "models/starter/ears.dict"
INTERRUPTED = " —"
SYSTEMS = [  # golem's default comes first
    "You are golem, a friendly voice assistant that lives in a terminal. Answer briefly, in plain spoken sentences.",
    "You are golem, a friendly voice assistant. Answer in one to three short spoken sentences.",
    "You are golem, a voice assistant made of clay and code. Answer briefly, as spoken words.",
    "You are a helpful voice assistant. Keep answers short.",
    "You are golem, a voice assistant running on the user's own machine. Your answers are read aloud: keep them "
    "short, plain and friendly, without lists or formatting.",
    "You are a helpful assistant.",
]
MORE = ["another", "another one", "one more", "more", "tell me another", "tell me another one",
        "tell me one more", "next", "the next one", "do you have another one", "more please", "another one please",
        "do you know another one", "yes another one", "one more please", "give me another", "give me one more", "say another"]
GO_ON = ("go on|continue|please go on|please continue|keep going|carry on|go ahead|and then|what then|what happened next|"
         "finish it|finish that|sorry go on|go on please|and|keep talking|tell me the rest|resume").split("|")
REPEAT = ("repeat that|say that again|repeat|please repeat that|can you repeat that|what did you say|pardon|again please|"
          "could you say that again|come again|what|i did not hear you|i didn't hear that|say it again|repeat please|"
          "what was that|can you say that again please|once more|once again").split("|")
WHY = "why|why is that|but why|how come|why not|why so|tell me why".split("|")
WHAT_I_SAID = ("what did i just (ask|say)|what did i (ask|say)|what was my [last] question|what did i ask you|"
               "do you remember what i (said|asked)|repeat my question|what have i said")
MY_NAME = ("my name is {x}|my name's {x}|call me {x}|you can call me {x}|please call me {x}|hello my name is {x}|"
           "hi my name is {x}|they call me {x}|hi golem my name is {x}|the name is {x}|people call me {x}").split("|")
WHAT_NAME = ("what is my name|what's my name|do you know my name|who am i|do you remember my name|say my name|"
             "tell me my name|what am i called|can you remember my name|how am i called").split("|")
GIVE_UP = ("i don't know|i do not know|i give up|give up|no idea|what is it|tell me|tell me the answer|what is the answer|"
           "the answer please|what's the answer|i have no idea|what|please tell me|say it").split("|")
RIDDLE_ASKS = ["(tell|give|ask) me a [good|hard|easy|funny] riddle [please]", "(do you know|i want|let me hear) a riddle",
               "(riddle|a riddle|a riddle please|riddles|ask a riddle|riddle me this)",
               "(can|could) you (tell|ask|give) me a riddle"]
OLD_WHY = "That is simply how it is. I am a small model, and the reasons are beyond me."
NO_HISTORY = "You have not asked me anything yet."
ALL_SAID = "That was all. Ask me for something else."
UNHEARD = "I have not said anything yet."


@dataclass
class Talk:
    """A conversation under way: what was said, and what follow-ups hang on."""

    turns: list[tuple[str, str, bool]] = field(default_factory=list)  # user, golem as heard, interrupted
    ask: str = ""  # the last thing the user said, as it arrived
    reply: str = ""  # golem's last reply, in full
    heard: str | None = None  # the part heard before the user spoke, None when all of it was
    topic: str = ""
    extra: object = None
    name: str = ""
    told: dict[str, str] = field(default_factory=dict)  # last item of each cycle topic


class Corpus:
    """Draws seeded conversations."""

    def __init__(self, errors: float = 0.25):
        self.topics = read_topics("topics-en.txt") | read_topics("topics-ru.txt")
        self.seen, self.hidden = {}, {}
        for name, topic in self.topics.items():
            self.seen[name], self.hidden[name] = asks(topic.asks)
        self.facts = [(*asks([q]), a) for q, a in read_table("facts.txt")]
        self.riddles = read_table("riddles.txt")
        self.style, self.errors = Styler(DICTIONARY), errors
        self.fragments = [s.split() for n, ss in self.seen.items() if not n.startswith("ru_") for s in ss]

    def one_of_cycle(self, talk: Talk, name: str, items: list[str], rng: random.Random) -> str:
        """The item after the last one told, or any to begin with."""
        last = talk.told.get(name)
        pick = items[(items.index(last) + 1) % len(items)] if last in items else rng.choice(items)
        talk.told[name] = pick
        return pick

    def topic(self, name: str, talk: Talk, rng: random.Random) -> tuple[str, str]:
        """A question and an answer of a topic of the files."""
        topic = self.topics[name]
        answer = self.one_of_cycle(talk, name, topic.replies, rng) if topic.cycle else rng.choice(topic.replies)
        return rng.choice(self.seen[name]), answer

    def riddle(self, talk: Talk, rng: random.Random) -> str:
        """The next riddle."""
        return self.one_of_cycle(talk, "riddle", [r[0] for r in self.riddles], rng)

    def unknown(self, rng: random.Random) -> tuple[str, str, str]:
        """Something golem knows nothing about, or did not hear well."""
        kind = rng.choices(["question", "statement", "garbled"], [5, 2, 2])[0]
        if kind == "garbled":
            pieces = []
            for _ in range(rng.randint(3, 5)):
                source = rng.choice(self.fragments)
                i = rng.randrange(len(source))
                pieces += source[i:i + rng.randint(1, 2)]
            return " ".join(pieces), rng.choice(words.GARBLED_REPLIES), "garbled"
        patterns = words.UNKNOWN_QUESTIONS if kind == "question" else words.UNKNOWN_STATEMENTS
        noun = lambda: rng.choice(words.NOUNS) if rng.random() < 0.75 else invented(rng)  # noqa: E731
        text = rng.choice(patterns)
        while "{n}" in text:
            text = text.replace("{n}", noun(), 1)
        text = (text.replace("{v}", rng.choice(words.VERBS)).replace("{a}", rng.choice(words.ADJECTIVES))
                .replace("{p}", rng.choice(words.PEOPLE)).replace("{l}", rng.choice(words.PLACES)))
        replies = words.UNKNOWN_REPLIES if kind == "question" else words.STATEMENT_REPLIES
        return draw(text, rng), rng.choice(replies), kind

    def follow_up(self, talk: Talk, rng: random.Random) -> tuple[str, str, str, object] | None:
        """A turn that leans on the one before; None where none fits."""
        kind = rng.choice(["more", "go_on", "repeat", "why", "said", "said", "riddle", "chain", "more", "who", "go_on"])
        if talk.heard is not None and rng.random() < 0.5:
            kind = "go_on"
        if talk.topic == "riddle" and rng.random() < 0.7:
            kind = "riddle"
        cycles = talk.topic == "riddle" or (talk.topic in self.topics and self.topics[talk.topic].cycle)
        if kind == "more" and not cycles and (talk.topic in ("joke_good", "joke_bad") or rng.random() < 0.1):
            return rng.choice(MORE), self.topic("joke", talk, rng)[1], "joke", None
        if kind == "more" and cycles:
            if talk.topic == "riddle":
                return rng.choice(MORE), self.riddle(talk, rng), "riddle", None
            return rng.choice(MORE), self.one_of_cycle(talk, talk.topic, self.topics[talk.topic].replies, rng), talk.topic, None
        if kind == "go_on" and talk.reply:
            return rng.choice(GO_ON), rest_of(talk), talk.topic if talk.heard is not None else "", None
        if kind == "repeat" and talk.reply and talk.topic != "repeat":
            return rng.choice(REPEAT), talk.reply, talk.topic, talk.extra
        if kind == "why" and talk.topic:
            return rng.choice(WHY), self.reason(talk), "", None
        if kind == "said" and talk.ask:
            return draw(f"({WHAT_I_SAID})", rng), f"You said: {talk.ask}", "", None
        if kind == "riddle" and talk.topic == "riddle":
            return self.solve(talk, rng)
        if kind == "chain" and talk.topic == "sum" and isinstance(talk.extra, tuple) and talk.extra[3] is not None:
            value, op, b = talk.extra[3], rng.choice(["plus", "minus"]), rng.randint(0, 20)
            if 0 <= value <= 20:
                answer, result = fact(value, b, op)
                return draw(f"[and|and now|now] {op} {number(b)}", rng), answer, "sum", (value, b, op, result)
        if kind == "who" and talk.topic == "knock":
            who = rng.choice(words.NOUNS)
            return who, f"{cap(who)} who?", "knock_who", None
        if talk.topic == "knock_who":
            return self.unknown(rng)[0], "Ha ha! That was a good one.", "", None
        return None

    def reason(self, talk: Talk) -> str:
        """The answer to "why?"."""
        if talk.topic == "sum" and isinstance(talk.extra, tuple) and talk.extra[3] is not None:
            return "Because that is how numbers work. Count it on your fingers, if you like."
        topic = self.topics.get(talk.topic)
        return topic.why if topic and topic.why else OLD_WHY

    def solve(self, talk: Talk, rng: random.Random) -> tuple[str, str, str, object]:
        """The user guesses a riddle, or gives up."""
        _, short, full = next(r for r in self.riddles if r[0] == talk.told["riddle"])
        pick = rng.random()
        if pick < 0.5:
            return rng.choice(GIVE_UP), f"The answer is: {full[0].lower()}{full[1:]}", "solved", None
        guess = short if pick < 0.75 else rng.choice([r[1] for r in self.riddles if r[1] != short] + ["a dog", "the moon"])
        if pick >= 0.75 and rng.random() < 0.5:
            guess = "a " + rng.choice(words.NOUNS)
        ask = draw(f"[is it|it is|it's|maybe|i think it is] {guess}", rng)
        if guess == short:
            return ask, f"That is right! {full}", "solved", None
        return ask, "No, that is not it. Guess again, or say: I give up.", "riddle", None

    def named(self, talk: Talk, rng: random.Random) -> tuple[str, str]:
        """The user says a name, or asks for it."""
        if rng.random() < (0.65 if talk.name else 0.25):
            answer = f"Your name is {talk.name}." if talk.name else "You have not told me your name yet."
            return rng.choice(WHAT_NAME), answer
        talk.name = rng.choice(words.NAMES) if rng.random() < 0.8 else cap(invented(rng))
        text = rng.choice(MY_NAME) if rng.random() < 0.85 else rng.choice(["i am {x}", "i'm {x}", "this is {x}"])
        return text.replace("{x}", talk.name.lower()), f"Nice to meet you, {talk.name}!"

    def fresh(self, talk: Talk, rng: random.Random) -> tuple[str, str, str, object]:
        """A turn that stands alone."""
        kind = rng.choices(["skill", "topic", "cycle", "fact", "unknown", "riddle", "name", "empty"],
                           [44, 29, 6, 6, 8, 2.5, 3, 0.5])[0]
        if kind == "skill":
            return rng.choices(list(SKILLS), list(SKILLS.values()))[0](rng)
        if kind in ("topic", "cycle"):
            names = [n for n, t in self.topics.items() if t.cycle == (kind == "cycle")]
            # Russian is the smaller part, and costs more tokens.
            name = rng.choices(names, [0.25 if n.startswith("ru_") else 1 for n in names])[0]
            return *self.topic(name, talk, rng), name, None
        if kind == "fact":
            seen, _, answer = rng.choice(self.facts)
            return rng.choice(seen), answer, "fact_known", None
        if kind == "riddle":
            return draw(rng.choice(RIDDLE_ASKS), rng), self.riddle(talk, rng), "riddle", None
        if kind == "name":
            return *self.named(talk, rng), "", None
        if kind == "empty" and not talk.turns:
            return rng.choice([(draw(f"({WHAT_I_SAID})", rng), NO_HISTORY), (rng.choice(REPEAT[:6]), UNHEARD)]) + ("", None)
        return *self.unknown(rng), None

    def conversation(self, rng: random.Random) -> tuple[str, list[tuple[str, str, bool]]]:
        """A system prompt (may be empty) and up to six turns of (user, golem as heard, interrupted)."""
        system = rng.choice(SYSTEMS[:1] * 12 + SYSTEMS) if rng.random() < 0.4 else ""
        talk, length = Talk(), rng.choices([1, 2, 3, 4, 5, 6], [52, 22, 12, 7, 4, 3])[0]
        for i in range(length):
            turn = self.follow_up(talk, rng) if talk.turns and rng.random() < 0.55 else None
            if talk.name and not turn and rng.random() < 0.2:
                turn = (*self.named(talk, rng), "", None)
            text, reply, topic, extra = turn or self.fresh(talk, rng)
            said = self.style.dress(text, rng, self.errors)
            heard = cut(reply, rng) if i + 1 < length and rng.random() < 0.18 else None
            talk.turns.append((said, reply if heard is None else heard + INTERRUPTED, heard is not None))
            talk.ask, talk.reply, talk.heard, talk.topic, talk.extra = said, reply, heard, topic, extra
        return system, talk.turns


def invented(rng: random.Random) -> str:
    """A word that no dictionary has."""
    return "".join(rng.choice("b c d f g k l m n p r s t v z br st tr sh ch".split()) + rng.choice("a e i o u ee ai".split())
                   for _ in range(rng.randint(1, 3))) + rng.choice(["", "n", "r", "s", "l", "ck"])


def cut(reply: str, rng: random.Random) -> str | None:
    """The words of a reply that were heard before an interruption."""
    said = reply.split()
    if len(said) < 3:
        return None
    heard = " ".join(said[: rng.randint(1, len(said) - 1)])
    return heard.rstrip(",") if rng.random() < 0.5 else heard


def rest_of(talk: Talk) -> str:
    """What "go on" brings: the interrupted sentence and all after it; for a count, the numbers still to come."""
    if talk.heard is None:
        return ALL_SAID
    if talk.topic in ("count", "ru_count"):
        return cap(", ".join(talk.reply.split(", ")[len(talk.heard.rstrip(",").split(", ")):]).strip()) or talk.reply
    sentences, length = talk.reply.replace("? ", "?|").replace(". ", ".|").replace("! ", "!|").split("|"), 0
    for i, sentence in enumerate(sentences):
        length += len(sentence) + 1
        if length > len(talk.heard) + 1:
            return " ".join(sentences[i:])
    return talk.reply


def chatml(system: str, turns: list[tuple[str, str, bool]]) -> list[tuple[str, bool]]:
    """A conversation in ChatML, as (text, whether the model learns to write it)."""
    parts = [(f"<|im_start|>system\n{system}<|im_end|>\n", False)] if system else []
    for user, golem, interrupted in turns:
        parts += [(f"<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n", False),
                  (f"{golem}<|im_end|>", not interrupted), ("\n", False)]
    return parts


def main() -> None:
    """Prints sample conversations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5, help="conversations to print")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    corpus, rng = Corpus(), random.Random(options.seed)
    for _ in range(options.count):
        print("".join(text for text, _ in chatml(*corpus.conversation(rng))), "\n---")


if __name__ == "__main__":
    main()
