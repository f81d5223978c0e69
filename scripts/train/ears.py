"""Makes the language models and dictionaries of the starter ears, and measures them.

`build` writes models/starter/ears.lm (an ARPA trigram, Witten-Bell) and ears.dict from what people say in the brain's corpus,
and talk.lm and talk.dict, which know what golem answers as well: for recordings of whole conversations.
`measure` speaks sentences that the corpus lacks with flite and espeak-ng and prints the word error rate of PocketSphinx.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from math import log10
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "brain"))
from corpus import ROOT, Corpus  # noqa: E402
from grammar import read_table  # noqa: E402
from skills import SKILLS, sums  # noqa: E402

STARTER = ROOT / "models/starter"
# Said to any voice assistant, whatever its topics; each as often as here.
COMMANDS = """stop|stop|stop|wait|wait|yes|yes|no|no|okay|okay|uh huh|mm hmm|hmm|yeah|yeah|go on|go on|never mind|right|right|
cancel|be quiet|quiet|hold on|i see|sure|thanks|thank you|hello|hi|golem|hey golem|okay golem|stop golem|please stop|oh|uh|um|
wait a minute|shut up|pause|resume|continue|louder|slower|repeat|again|next|good|great|help|bye|what|why|who|no stop|okay stop|
wait stop|no wait|thanks golem|yes please|no thanks|golem stop|enough|stop talking|sorry""".replace("\n", "").split("|")
VOICES = ["flite:slt", "flite:rms", "flite:awb", "flite:kal16", "espeak:en-us"]


def model_dir() -> Path:
    """Where the pocketsphinx package keeps its US English model."""
    import pocketsphinx
    return Path(pocketsphinx.get_model_path()) / "en-us"


def read_dictionary() -> dict[str, list[str]]:
    """cmudict: the lines (all variants) of each word."""
    lines: dict[str, list[str]] = defaultdict(list)
    for line in (model_dir() / "cmudict-en-us.dict").read_text().splitlines():
        lines[re.sub(r"\(\d+\)$", "", line.split()[0])].append(line)
    return lines


def sentences(conversations: int, seed: int) -> list[str]:
    """What people say in the corpus, undressed: lower case, numbers in words."""
    corpus, rng = Corpus(), random.Random(seed)
    # Every wording once; then as they come, with fewer sums than the brain needs, or numbers are heard everywhere.
    said = [s for part in (corpus.seen, corpus.hidden) for texts in part.values() for s in texts]
    said += [s for seen, hidden, _ in corpus.facts for s in seen + hidden]
    SKILLS[sums] = 12
    corpus.style.dress = lambda text, rng, errors=0: said.append(text.lower()) or text
    for _ in range(conversations):
        corpus.conversation(rng)
    return said + COMMANDS * (conversations // 400)


def replies(conversations: int, seed: int) -> list[str]:
    """What golem says in the corpus, without punctuation; every reply of the topics, then as they come."""
    corpus, rng = Corpus(), random.Random(seed)
    said = [text for name, topic in corpus.topics.items() for text in [*topic.replies, topic.why or ""]]
    said += [answer for *_, answer in corpus.facts] + [part for riddle in corpus.riddles for part in riddle[::2]]
    SKILLS[sums] = 12
    said += [reply for _ in range(conversations) for _, reply, _ in corpus.conversation(rng)[1]]
    bare = (" ".join(re.sub(r"[^a-z' ]+", " ", text.lower()).split()) for text in said if text.isascii())
    return [text for text in bare if text]


def compounds(dictionary: dict[str, list[str]], words: set[str]) -> dict[str, list[str]]:
    """Pronunciations of words that are two known ones in a row: clockmaker. Of several splits, the most even."""
    made = {}
    for word in words:
        cuts = [i for i in range(3, len(word) - 2) if word[:i] in dictionary and word[i:] in dictionary]
        if cuts:
            cut = min(cuts, key=lambda i: abs(2 * i - len(word)))
            halves = (dictionary[part][0].split()[1:] for part in (word[:cut], word[cut:]))
            made[word] = [" ".join([word, *(phone for half in halves for phone in half)])]
    return made


def witten_bell(texts: list[list[str]], minimum: int) -> list[dict[tuple[str, ...], tuple[float, float]]]:
    """Interpolated Witten-Bell trigram as ARPA tables: n-gram -> (probability, back-off weight)."""
    counts = [Counter() for _ in range(3)]
    for text in texts:
        marked = ["<s>", *text, "</s>"]
        for n in range(3):
            counts[n].update(tuple(marked[i:i + n + 1]) for i in range(len(marked) - n))
    counts[2] = Counter({gram: c for gram, c in counts[2].items() if c >= minimum})
    del counts[0][("<s>",)]
    kinds = len(counts[0])
    probability = {(): 1 / kinds}
    history_count, history_kinds = Counter(), Counter()
    for table in counts:
        for gram, count in table.items():
            history_count[gram[:-1]] += count
            history_kinds[gram[:-1]] += 1
    tables = []
    for table in counts:
        for gram, count in table.items():
            history, kinds = gram[:-1], history_kinds[gram[:-1]]
            lower = probability[gram[1:]]
            probability[gram] = (count + kinds * lower) / (history_count[history] + kinds)
    weight = lambda gram: history_kinds[gram] / (history_count[gram] + history_kinds[gram]) if gram in history_kinds else 1.0  # noqa: E731
    for table in counts:
        tables.append({gram: (probability[gram], weight(gram)) for gram in table})
    tables[0][("<s>",)] = (1e-99, weight(("<s>",)))
    return tables


def write_arpa(path: Path, tables: list[dict[tuple[str, ...], tuple[float, float]]]) -> None:
    """The format that PocketSphinx reads."""
    lines = ["\\data\\", *(f"ngram {n}={len(table)}" for n, table in enumerate(tables, 1))]
    for n, table in enumerate(tables, 1):
        lines += ["", f"\\{n}-grams:"]
        for gram, (p, weight) in sorted(table.items()):
            back_off = "" if n == len(tables) else f"\t{log10(weight):.4f}"
            lines.append(f"{max(log10(p), -99):.4f}\t{' '.join(gram)}{back_off}")
    path.write_text("\n".join([*lines, "", "\\end\\", ""]))


def build(options: argparse.Namespace) -> None:
    """Writes both pairs of a language model and a dictionary."""
    dictionary = read_dictionary()
    people = sentences(options.conversations, options.seed)
    golem = replies(options.conversations, options.seed)
    STARTER.mkdir(parents=True, exist_ok=True)
    build_one("ears", people, dictionary, options.minimum)
    unknown = {w for text in golem for w in text.split() if w not in dictionary}
    build_one("talk", people + golem, dictionary | compounds(dictionary, unknown), options.minimum)


def build_one(name: str, said: list[str], dictionary: dict[str, list[str]], minimum: int) -> None:
    """Writes the language model and the dictionary of some sentences; those with a word that has no pronunciation are left out."""
    texts = [s.split() for s in said]
    known = [t for t in texts if all(w in dictionary for w in t)]
    unknown = Counter(w for t in texts for w in t if w not in dictionary and w.isascii())
    tables = witten_bell(known, minimum)
    write_arpa(STARTER / f"{name}.lm", tables)
    words = sorted({w for t in known for w in t})
    (STARTER / f"{name}.dict").write_text("\n".join(line for w in words for line in dictionary[w]) + "\n")
    sizes = [(STARTER / f"{name}.{kind}").stat().st_size // 1024 for kind in ("lm", "dict")]
    print(f"{name}: {len(known)} of {len(texts)} sentences, {len(words)} words, n-grams {[len(t) for t in tables]}, KiB {sizes}")
    print("not in cmudict:", " ".join(w for w, _ in unknown.most_common(30)))


def speak(text: str, voice: str, folder: Path) -> bytes:
    """16 kHz mono samples of a synthesised sentence, with half a second of near silence around it."""
    engine, name = voice.split(":")
    wav = folder / "said.wav"
    command = ["flite", "-voice", name, "-t", text, "-o", wav] if engine == "flite" else ["espeak-ng", "-v", name, "-s", "150", "-w", wav, text]
    subprocess.run(command, check=True, capture_output=True)
    return subprocess.run(["sox", "-R", wav, "-t", "raw", "-r", "16000", "-e", "signed", "-b", "16", "-c", "1", "-",
                           "norm", "-6", "pad", "0.5", "0.5"], check=True, capture_output=True).stdout


def distance(a: list[str], b: list[str]) -> int:
    """Word edits between two sentences."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def decoders() -> dict:
    """PocketSphinx with its own language model and with ours."""
    from pocketsphinx import Decoder
    stock = {"hmm": str(model_dir() / "en-us"), "loglevel": "FATAL"}
    return {"stock": Decoder(**stock, lm=str(model_dir() / "en-us.lm.bin"), dict=str(model_dir() / "cmudict-en-us.dict")),
            "ears": Decoder(**stock, lm=str(STARTER / "ears.lm"), dict=str(STARTER / "ears.dict"))}


def hear(decoder, samples: bytes) -> str:
    """One utterance through one decoder."""
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    return decoder.hyp().hypstr if decoder.hyp() else ""


def measure(options: argparse.Namespace) -> None:
    """Prints errors and cost per voice; --pairs writes what was said and heard."""
    said = [text for _, text in read_table("heldout.txt") if text.isascii()]
    random.Random(options.seed).shuffle(said)
    engines, pairs = decoders(), []
    print("| voice | stock WER % | ears WER % | stock s/s | ears s/s |\n| --- | --- | --- | --- | --- |")
    for voice in options.voices:
        errors, cost, words, length = Counter(), Counter(), 0, 0.0
        for text in said[:options.count]:
            with tempfile.TemporaryDirectory() as folder:
                samples = speak(text, voice, Path(folder))
            words, length = words + len(text.split()), length + len(samples) / 32000
            for name, decoder in engines.items():
                began = time.process_time()
                heard = hear(decoder, samples)
                cost[name] += time.process_time() - began
                errors[name] += distance(text.split(), heard.split())
                if name == "ears":
                    pairs.append(f"{voice}\t{text}\t{heard}")
        print(f"| {voice} | {100 * errors['stock'] / words:.1f} | {100 * errors['ears'] / words:.1f} "
              f"| {cost['stock'] / length:.2f} | {cost['ears'] / length:.2f} |", flush=True)
    if options.pairs:
        options.pairs.write_text("\n".join(pairs) + "\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=11)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("build", help="write the language models and dictionaries")
    make.add_argument("--conversations", type=int, default=20_000, help="conversations drawn from the brain's corpus")
    make.add_argument("--minimum", type=int, default=2, help="rarer trigrams are left out")
    make.set_defaults(do=build)
    check = commands.add_parser("measure", help="word error rates on synthesised speech")
    check.add_argument("--count", type=int, default=60, help="sentences per voice")
    check.add_argument("--voices", nargs="+", default=VOICES)
    check.add_argument("--pairs", type=Path, help="write voice, sentence and transcript here")
    check.set_defaults(do=measure)
    options = parser.parse_args()
    options.do(options)


if __name__ == "__main__":
    main()
