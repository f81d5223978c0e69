"""Train the micro Whisper on the synthesised corpus; CPU or GPU, seeded.

Every batch has one window: either Whisper's full 30 s or a random short one, since golem sends a
window only as long as the utterance. Writes weights.npz and config.json.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import soundfile
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers.audio_utils import mel_filter_bank

import augment
import tokenizer as vocabulary
from model import Dims, Whisper

FULL = 30 * augment.RATE
# Seconds of a short window. A handful of sizes only: each new one costs FFT plans and memory.
SHORT = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0]
IGNORE = -100


def read_corpus(folder: Path, device: str) -> tuple[augment.Clips, list[dict]]:
    """Reads corpus.flac and corpus.json."""
    entries = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    audio, rate = soundfile.read(folder / "corpus.flac", dtype="float32")
    assert rate == augment.RATE, "the corpus must be at 16 kHz"
    start = torch.tensor([entry["start"] for entry in entries], device=device)
    end = torch.tensor([entry["end"] for entry in entries], device=device)
    return augment.Clips(torch.from_numpy(audio).to(device), start, end - start), entries


class Targets:
    """Writes the token sequences that Whisper is trained on."""

    def __init__(self, tokenizer, entries: list[dict], rng: random.Random) -> None:
        self.rng, self.entries = rng, entries
        self.id = tokenizer.token_to_id
        self.text = [tokenizer.encode(" " + entry["text"]).ids for entry in entries]

    def row(self, clip: int, silent: bool, onset: float, offset: float) -> tuple[list[int], list[int]]:
        """Returns the input tokens and, shifted by one, what to predict at each of them."""
        task = [self.id(f"<|{self.entries[clip]['language']}|>"), self.id("<|transcribe|>")]
        eot, bare = self.id("<|endoftext|>"), self.id("<|notimestamps|>")
        start = self.id("<|startoftranscript|>")
        if silent:
            return [start, *task, bare], [self.id("<|nospeech|>"), IGNORE, IGNORE, eot]
        if self.rng.random() < 0.75:
            tokens = [start, *task, bare, *self.text[clip], eot]
        else:
            stamp = lambda sample: bare + 1 + min(1500, round(sample / augment.RATE / 0.02))
            tokens = [start, *task, stamp(onset), *self.text[clip], stamp(offset), eot]
        before = []
        if self.rng.random() < 0.1:
            before = [self.id("<|startofprev|>"), *self.rng.choice(self.text)]
        return before + tokens[:-1], [IGNORE] * len(before) + tokens[1:]

    def batch(self, batch: augment.Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns tokens and targets [batch, length], padded."""
        columns = (batch.clips, batch.silent, batch.onset, batch.offset)
        rows = [self.row(*values) for values in zip(*(c.tolist() for c in columns))]
        longest = max(len(tokens) for tokens, _ in rows)
        tokens = [t + [0] * (longest - len(t)) for t, _ in rows]
        wanted = [w + [IGNORE] * (longest - len(w)) for _, w in rows]
        return torch.tensor(tokens), torch.tensor(wanted)


def features(batch: augment.Batch, filters: torch.Tensor, zero_padded: bool) -> torch.Tensor:
    """Log-mel of the batch; `zero_padded` clears the frames after the audio as faster-whisper does."""
    mel = augment.log_mel(batch.audio, filters)
    if zero_padded:
        frame = torch.arange(mel.shape[-1], device=mel.device)
        mel = mel * (frame < (batch.end / 160 + 1)[:, None])[:, None]
    return mel


def train(args: argparse.Namespace) -> None:
    device, rng = args.device, random.Random(args.seed)
    torch.manual_seed(args.seed)
    generator = torch.Generator(device).manual_seed(args.seed)
    clips, entries = read_corpus(args.work, device)
    tokenizer = vocabulary.build(sorted({entry["text"] for entry in entries}))
    targets = Targets(tokenizer, entries, rng)
    dims = Dims(tokenizer.get_vocab_size())
    model = Whisper(dims).to(device)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.998))
    decayed = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(decayed, lr=args.rate, weight_decay=0.02, betas=(0.9, 0.98))
    filters = mel_filter_bank(201, dims.num_mel_bins, 0.0, 8000.0, augment.RATE, "slaney", "slaney")
    filters = torch.from_numpy(filters).float().to(device)
    began, total, right, seen, sums = time.time(), 0.0, 0, 0, 0

    for step in range(args.steps):
        done = max(step / args.steps, (time.time() - began) / (60 * args.minutes))
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(step / 400, 0.5 + 0.5 * math.cos(math.pi * done), 1)
        full = rng.random() < args.full_share
        window = FULL if full else int(rng.choice(SHORT) * augment.RATE)
        count = args.batch // 3 if full else args.batch
        batch = augment.make(clips, clips.draw(count, window, generator), window, 0.08, generator)
        mel = features(batch, filters, zero_padded=rng.random() < 0.15)
        tokens, wanted = (t.to(device) for t in targets.batch(batch))
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            logits = model(mel, tokens).float()
        loss = F.cross_entropy(
            logits.flatten(0, 1), wanted.flatten(), ignore_index=IGNORE, label_smoothing=0.02
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decayed, 1.0)
        optimiser.step()
        average.update_parameters(model)
        if step % 50 == 0:  # reading a loss makes the device wait
            total, sums = total + loss.item(), sums + 1
            exact = ((logits.argmax(-1) == wanted) | (wanted == IGNORE)).all(1)
            right, seen = right + exact.sum().item(), seen + len(exact)
        if step % 500 == 499:
            print(
                f"{step + 1} loss {total / sums:.4f} exact {right / seen:.3f} {time.time() - began:.0f} s",
                flush=True,
            )
            total, right, seen, sums = 0.0, 0, 0, 0

    args.out.mkdir(parents=True, exist_ok=True)
    weights = {name: value.float().cpu().numpy() for name, value in average.module.state_dict().items()}
    np.savez(args.out / "weights.npz", **weights)
    (args.out / "config.json").write_text(json.dumps(dims.config(), indent=2) + "\n")
    tokenizer.save(str(args.out / "tokenizer.json"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder with the corpus")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end by then, however many steps")
    parser.add_argument("--batch", type=int, default=128, help="clips in a short-window batch")
    parser.add_argument("--full-share", type=float, default=0.3, help="share of batches of 30 s")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
