"""Measure the converted micro Whisper on fresh syntheses with CTranslate2 and faster-whisper.

None of the settings was in training: odd speeds and pitches, and (reported apart) voice variants
that training never used. "full" is Whisper's window of 30 s, "short" the utterance rounded up to
the next half second, both filled with silence before the log-mel.
"""

import argparse
import random
import time
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.feature_extractor import FeatureExtractor
from tokenizers import Tokenizer

import synth

EXTRACT = FeatureExtractor()


class Listener:
    """The converted model with golem's use of it: silence-padded window, no timestamps."""

    def __init__(self, folder: Path) -> None:
        self.model = ctranslate2.models.Whisper(str(folder), device="cpu", intra_threads=1)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def features(self, audio: np.ndarray, window: int) -> ctranslate2.StorageView:
        """Log-mel of `window` samples: the audio, then silence."""
        padded = np.pad(audio, (0, window - len(audio))).astype(np.float32)
        mel = EXTRACT(padded, padding=0)[None, :, : window // 160]
        return ctranslate2.StorageView.from_array(np.ascontiguousarray(mel))

    def encode(self, audio: np.ndarray, window: int) -> ctranslate2.StorageView:
        """Encodes `window` samples."""
        return self.model.encode(self.features(audio, window), to_cpu=True)

    def encode_cost(self, window: int, rounds: int = 20) -> float:
        """Returns the processor time in ms that one encoding of `window` samples takes."""
        features = self.features(np.zeros(1), window)
        self.model.encode(features, to_cpu=True)
        began = time.process_time()
        for _ in range(rounds):
            self.model.encode(features, to_cpu=True)
        return (time.process_time() - began) / rounds * 1000

    def hear(self, audio: np.ndarray, window: int, language: str, beam: int) -> tuple[str, float]:
        """Returns the text and the probability that there is no speech."""
        prompt = ["<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>"]
        result = self.model.generate(
            self.encode(audio, window), [prompt], beam_size=beam, return_no_speech_prob=True
        )[0]
        return self.tokenizer.decode(result.sequences_ids[0]).strip(), result.no_speech_prob

    def language(self, audio: np.ndarray, window: int) -> str:
        """Returns the likeliest language."""
        return self.model.detect_language(self.encode(audio, window))[0][0][0].strip("<|>")


def windows(audio: np.ndarray) -> dict[str, int]:
    """Returns the two windows in samples."""
    half = synth.RATE // 2
    return {"full": 30 * synth.RATE, "short": -(-len(audio) // half) * half}


def samples(unheard: bool, repeats: int, seed: int) -> list[tuple[str, str, np.ndarray]]:
    """Speaks every phrase `repeats` times with settings that training never had."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    made = []
    for language, text in synth.read_phrases(synth.HERE / "phrases.tsv") * repeats:
        clip = synth.random_voice(rng, language, odd=True, unheard=unheard).speak(text)
        clip = np.pad(clip, [int(rng.uniform(0.1, 0.6) * synth.RATE) for _ in range(2)])
        clip = clip * 10 ** rng.uniform(-1, 0) + noise.normal(0, 0.001, len(clip))
        made.append((language, text, clip.astype(np.float32)))
    return made


def quiet(seed: int) -> list[np.ndarray]:
    """Silence and noise of 1 to 8 s at several levels."""
    noise = np.random.default_rng(seed)
    made = []
    for seconds in (1, 2, 4, 8):
        count = seconds * synth.RATE
        white = noise.normal(0, 1, count)
        brown = np.cumsum(white) / np.abs(np.cumsum(white)).max()
        made += [np.zeros(count)] + [white * level for level in (0.001, 0.01, 0.1)] + [brown * 0.3]
    return [clip.astype(np.float32) for clip in made]


def accuracy(listener: Listener, made: list, title: str) -> None:
    """Prints exact texts, languages and no-speech probabilities of speech."""
    for name in ("full", "short"):
        for beam in (1, 5):
            heard = [listener.hear(c, windows(c)[name], lang, beam) for lang, _, c in made]
            wrong = [(t, h) for (_, t, _), (h, _) in zip(made, heard) if t != h]
            highest = max(p for _, p in heard)
            score = f"{len(made) - len(wrong)}/{len(made)}"
            print(f"{title} {name} beam {beam}: {score}, no-speech max {highest:.3f}")
            for text, got in wrong[:4]:
                print(f"    {text!r} heard as {got!r}")
        right = sum(listener.language(c, windows(c)[name]) == lang for lang, _, c in made)
        print(f"{title} {name} language: {right}/{len(made)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model folder")
    parser.add_argument("--fixtures", type=Path, help="folder with manifest.tsv to check as well")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--seed", type=int, default=77)
    args = parser.parse_args()
    listener = Listener(args.model)
    accuracy(listener, samples(False, args.repeats, args.seed), "fresh settings")
    accuracy(listener, samples(True, args.repeats, args.seed), "unheard variants")
    if args.fixtures:
        rows = [r.split("\t") for r in (args.fixtures / "manifest.tsv").read_text().splitlines()[1:]]
        read = lambda name: synth.soundfile.read(args.fixtures / name, dtype="float32")[0]
        made = [(language, text, read(name)) for name, language, text in rows]
        accuracy(listener, made, "fixtures")
        whole = WhisperModel(str(args.model), device="cpu", compute_type="int8", cpu_threads=1)
        texts = ["".join(s.text for s in whole.transcribe(c)[0]).strip() for _, _, c in made]
        print(f"faster-whisper, defaults: {sum(t == h for (_, t, _), h in zip(made, texts))}/{len(made)}")
    for name in ("full", "short"):
        lowest = min(listener.hear(c, windows(c)[name], "en", 1)[1] for c in quiet(args.seed))
        print(f"silence and noise {name}: no-speech min {lowest:.3f} of {len(quiet(0))}")
    for seconds in (30, 10, 5, 3, 1):
        print(f"encode {seconds} s: {listener.encode_cost(seconds * synth.RATE):.1f} ms of one core")


if __name__ == "__main__":
    main()
