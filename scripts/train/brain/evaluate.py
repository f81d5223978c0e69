"""Questions the exported brain and prints how often it answers rightly. Runs on the GGUF's own (dequantised) weights."""

import argparse
import random
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

import words
from corpus import ROOT, SYSTEMS, Corpus, chatml
from export import read_gguf
from grammar import read_table
from model import generate
from skills import DIV, LEADS, fact, number

Case = tuple[str, str, list[tuple[str, str, bool]], str, set[str]]  # group, system, turns before, question, answers


class Brain:
    """The exported model, asked many questions at once."""

    def __init__(self, path: Path):
        self.shape, params, self.tokenizer = read_gguf(path)
        self.params = {k: np.asarray(v, np.float32) for k, v in params.items()}

    def answer(self, prompts: list[str], temperature: float = 0.0, seed: int = 0, new: int = 120) -> list[str]:
        """The replies to some ChatML prompts, shorter prompts first so that batches are dense."""
        ids = [self.tokenizer.encode(p, add_special_tokens=False).ids for p in prompts]
        replies, end = [""] * len(ids), self.tokenizer.token_to_id("<|im_end|>")
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for at in range(0, len(order), 128):
            batch = order[at:at + 128]
            longest = -(-max(len(ids[i]) for i in batch) // 64) * 64
            table, lengths = np.zeros((128, longest), np.int32), np.ones(128, np.int32)
            for row, i in enumerate(batch):
                table[row, :len(ids[i])], lengths[row] = ids[i], len(ids[i])
            out = np.asarray(generate(self.shape, self.params, table, lengths, new, temperature, seed))
            for row, i in enumerate(batch):
                tail = out[row, lengths[row]:lengths[row] + new].tolist()
                replies[i] = self.tokenizer.decode(tail[:tail.index(end)] if end in tail else tail)
        return replies


def prompt_of(system: str, turns: list[tuple[str, str, bool]], question: str) -> str:
    """ChatML up to where the assistant speaks."""
    text = "".join(part for part, _ in chatml(system, [*turns, (question, "", False)]))
    return text.removesuffix("<|im_end|>\n")


def sum_cases(corpus: Corpus, rng: random.Random) -> list[Case]:
    """Every sum golem must know, in the three dresses, with and without a system prompt."""
    cases = []
    for op, top in (("plus", 20), ("minus", 20), ("times", 10)):
        for a in range(top + 1):
            for b in range(top + 1):
                text = f"{rng.choice(['what is', 'how much is', ''])} {number(a)} {op} {number(b)}".strip()
                right = {fact(a, b, op)[0]}
                cases += [(f"{op}, as PocketSphinx hears it", "", [], text, right),
                          (f"{op}, as Whisper writes it", SYSTEMS[0], [], corpus.style.whisper(text, rng), right),
                          (f"{op}, typed", rng.choice(SYSTEMS), [], corpus.style.typed(text, rng), right)]
    for b in range(1, 11):
        for value in range(1, 11):
            text = f"{rng.choice(LEADS[:3])} {DIV[0].format(a=number(b * value), b=number(b))}"
            cases.append(("divided by (even)", SYSTEMS[0], [], text, {fact(b * value, b, "divided by")[0]}))
    return cases


def groups(corpus: Corpus) -> list[set[str]]:
    """Answers that are as good as each other."""
    sets = [set(t.replies) for t in corpus.topics.values()] + [{r[0] for r in corpus.riddles}]
    return [*sets, {*words.UNKNOWN_REPLIES, *words.STATEMENT_REPLIES, *words.GARBLED_REPLIES}]


def paraphrase_cases(corpus: Corpus, rng: random.Random) -> list[Case]:
    """Wordings that training never saw: expansions kept apart, and sentences written for this test."""
    cases = []
    for name, hidden in corpus.hidden.items():
        for text in rng.sample(hidden, min(len(hidden), 3)):
            answers = set(corpus.topics[name].replies)
            cases.append(("held-out expansions, clean", SYSTEMS[0], [], text, answers))
            cases.append(("held-out expansions, misheard", "", [], corpus.style.sphinx(text, rng, 0.5), answers))
    for _, hidden, answer in corpus.facts:
        cases += [("held-out facts", SYSTEMS[0], [], text, {answer}) for text in hidden]
    for name, text in read_table("heldout.txt"):
        answers = next((s for s in groups(corpus) if name == "unknown" and words.UNKNOWN_REPLIES[0] in s), None)
        answers = answers or ({r[0] for r in corpus.riddles} if name == "riddle" else
                              set(corpus.topics[name].replies) if name in corpus.topics else {name})
        cases.append(("hand-written paraphrases", SYSTEMS[0], [], text, answers))
    return cases


def conversation_cases(corpus: Corpus, rng: random.Random, count: int) -> list[Case]:
    """The last turn of unseen conversations; interruptions and follow-ups included."""
    alike, cases = groups(corpus), []
    while len(cases) < count:
        system, turns = corpus.conversation(rng)
        question, answer, _ = turns[-1]
        kind = "turn 1" if len(turns) == 1 else "after an interruption" if turns[-2][2] else "turns 2 to 6"
        answers = next((s for s in alike if answer in s), {answer})
        cases.append((f"unseen conversations, {kind}", system, turns[:-1], question, answers))
    return cases


def main() -> None:
    """Prints the table, and with --chat some conversations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "models/starter/brain.gguf")
    parser.add_argument("--seed", type=int, default=99)
    parser.add_argument("--conversations", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.0, help="0 is greedy")
    parser.add_argument("--share", type=float, default=1.0, help="share of all sums to ask")
    parser.add_argument("--wrong", type=int, default=3, help="wrong answers shown per group")
    parser.add_argument("--ask", action="store_true", help="answer the lines of standard input instead, as one conversation each blank-line block")
    options = parser.parse_args()
    brain, corpus, rng = Brain(options.model), Corpus(), random.Random(options.seed)
    if options.ask:
        return chat(brain, options.temperature, options.seed)
    sums, others = sum_cases(corpus, rng), paraphrase_cases(corpus, rng)
    others += conversation_cases(corpus, rng, options.conversations)
    sums = rng.sample(sums, int(len(sums) * options.share))
    replies = []
    for cases, new in ((sums, 24), (others, 110)):  # answers to sums are short
        replies += brain.answer([prompt_of(s, turns, q) for _, s, turns, q, _ in cases], options.temperature, options.seed, new)
    cases = sums + others
    tally, wrong = defaultdict(lambda: [0, 0]), defaultdict(list)
    for (group, _, turns, question, answers), reply in zip(cases, replies):
        tally[group][0] += reply in answers
        tally[group][1] += 1
        if reply not in answers:
            wrong[group].append((turns, question, reply, sorted(answers)[0]))
    print("| what | right | of | % |\n| --- | --- | --- | --- |")
    for group, (right, total) in tally.items():
        print(f"| {group} | {right} | {total} | {100 * right / total:.1f} |")
    for group, failures in wrong.items():
        for turns, question, reply, answer in failures[:options.wrong]:
            before = f" (after: {turns[-1][0]!r} -> {turns[-1][1]!r})" if turns else ""
            print(f"[{group}]{before}\n   {question!r} -> {reply!r}, not {answer!r}")


def chat(brain: Brain, temperature: float, seed: int) -> None:
    """Talks with the lines of standard input; a blank line starts a new conversation."""
    turns = []
    for line in sys.stdin.read().splitlines():
        if not line.strip():
            turns = []
            print()
            continue
        reply = brain.answer([prompt_of(SYSTEMS[0], turns, line)], temperature, seed)[0]
        turns.append((line, reply, False))
        print(f"> {line}\n{reply}")


if __name__ == "__main__":
    main()
