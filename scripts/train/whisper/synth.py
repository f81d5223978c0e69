"""Synthesise the micro Whisper's phrases with espeak-ng and flite.

`corpus` writes the training set (one long FLAC and an index of its clips), `fixtures` the
recordings that the tests listen to. The two never share a setting of speed and pitch: training
uses even values, the fixtures odd ones.
"""

import argparse
import io
import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE = 16_000  # Hz, what Whisper listens to
HERE = Path(__file__).parent
ESPEAK_ACCENTS = ["en-us", "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-us-nyc"]
ESPEAK_VARIANTS = ["", "+m1", "+m2", "+m3", "+m7", "+f1", "+f2", "+f3"]
UNHEARD_VARIANTS = ["+m4", "+f4"]  # never in training: fixtures and checks only
FLITE_VOICES = ["slt", "rms", "awb", "kal16"]


@dataclass(frozen=True)
class Voice:
    """One synthesiser setting. `speed` is words a minute (flite: 100 = its own tempo)."""

    engine: str
    name: str
    speed: int
    pitch: int  # espeak-ng: 0..99; flite: Hz of the mean fundamental

    def speak(self, text: str) -> np.ndarray:
        """Returns the text as mono f32 at 16 kHz, silence at both ends trimmed."""
        if self.engine == "espeak-ng":
            options = ["-v", self.name, "-s", str(self.speed), "-p", str(self.pitch), "--stdout"]
            wav = subprocess.run(["espeak-ng", *options, text], check=True, capture_output=True)
            audio, rate = soundfile.read(io.BytesIO(espeak_header(wav.stdout)), dtype="float32")
        else:
            stretch = f"duration_stretch={100 / self.speed:.3f}"
            mean = f"int_f0_target_mean={self.pitch}"
            command = ["flite", "-voice", self.name, "--setf", stretch, "--setf", mean]
            wav = subprocess.run([*command, "-t", text, "-o", "/dev/stdout"], check=True, capture_output=True)
            audio, rate = soundfile.read(io.BytesIO(wav.stdout), dtype="float32")
        if rate != RATE:
            divisor = np.gcd(rate, RATE)
            audio = resample_poly(audio, RATE // divisor, rate // divisor).astype(np.float32)
        return trim(audio)


def espeak_header(wav: bytes) -> bytes:
    """espeak-ng streams to a pipe and cannot know its length: write it into the header."""
    size = len(wav)
    return (
        wav[:4] + (size - 8).to_bytes(4, "little") + wav[8:40] + (size - 44).to_bytes(4, "little") + wav[44:]
    )


def trim(audio: np.ndarray, keep: float = 0.03) -> np.ndarray:
    """Cuts what is quieter than -46 dBFS at both ends, but for `keep` seconds."""
    loud = np.flatnonzero(np.abs(audio) > 0.005)
    margin = int(keep * RATE)
    return audio[max(0, loud[0] - margin) : loud[-1] + margin]


def random_voice(rng: random.Random, language: str, odd: bool, unheard: bool = False) -> Voice:
    """Draws a voice; `odd` draws speeds and pitches that training never sees."""
    variants = UNHEARD_VARIANTS if unheard else ESPEAK_VARIANTS
    if language == "en" and not unheard and rng.random() < 0.4:
        name = rng.choice(FLITE_VOICES)
        base = {"slt": 170, "rms": 100, "awb": 130, "kal16": 105}[name]
        return Voice("flite", name, 2 * rng.randint(40, 62) + odd, base + 2 * rng.randint(-8, 8) + odd)
    accent = "ru" if language == "ru" else rng.choice(ESPEAK_ACCENTS)
    speed, pitch = 2 * rng.randint(60, 105) + odd, 2 * rng.randint(10, 38) + odd
    return Voice("espeak-ng", accent + rng.choice(variants), speed, pitch)


def read_phrases(path: Path) -> list[tuple[str, str]]:
    """Returns (language, text) pairs."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line]


def corpus(out: Path, clips: int, seed: int) -> None:
    """Writes corpus.flac and corpus.json: `clips` settings of every phrase."""
    rng = random.Random(seed)
    jobs = [
        (language, text, random_voice(rng, language, odd=False))
        for language, text in read_phrases(HERE / "phrases.tsv")
        for _ in range(clips)
    ]
    with ThreadPoolExecutor(2) as pool:
        audio = list(pool.map(lambda job: job[2].speak(job[1]), jobs))
    index, start = [], 0
    for (language, text, _), clip in zip(jobs, audio):
        index.append({"language": language, "text": text, "start": start, "end": start + len(clip)})
        start += len(clip)
    out.mkdir(parents=True, exist_ok=True)
    soundfile.write(out / "corpus.flac", np.concatenate(audio), RATE, subtype="PCM_16")
    (out / "corpus.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    print(f"{len(jobs)} clips, {start / RATE:.0f} s")


def fixtures(out: Path, count: int, seed: int) -> None:
    """Writes `count` recordings with a little lead, tail, gain and noise, and manifest.tsv."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    phrases = read_phrases(HERE / "phrases.tsv")
    russian = [p for p in phrases if p[0] == "ru"]
    english = [p for p in phrases if p[0] == "en"]
    chosen = rng.sample(english, count - 4) + rng.sample(russian, 4)
    out.mkdir(parents=True, exist_ok=True)
    rows = ["file\tlanguage\ttext"]
    for number, (language, text) in enumerate(chosen, 1):
        voice = random_voice(rng, language, odd=True)
        clip = voice.speak(text)
        lead, tail = (int(rng.uniform(0.1, 0.4) * RATE) for _ in range(2))
        clip = np.pad(clip, (lead, tail)) * rng.uniform(0.3, 0.9) / np.abs(clip).max()
        clip += noise.normal(0, 0.0005, len(clip))
        name = f"{number:02}-{voice.engine.split('-')[0]}-{voice.name.replace('+', '-')}.flac"
        soundfile.write(out / name, clip, RATE, subtype="PCM_16")
        rows.append(f"{name}\t{language}\t{text}")
    (out / "manifest.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["corpus", "fixtures"])
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--count", type=int, default=None, help="clips a phrase (16), or fixtures (26)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.what == "corpus":
        corpus(args.out, args.count or 16, args.seed)
    else:
        fixtures(args.out, args.count or 26, args.seed)


if __name__ == "__main__":
    main()
