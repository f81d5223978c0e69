"""Trains the starter brain on freshly drawn conversations and writes its GGUF. Seeded; laid out for an hour of two CPU cores."""

import argparse
import itertools
import random
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import muon
from corpus import ROOT, SYSTEMS, Corpus, chatml
from export import read_gguf, write_gguf
from model import Shape, forward, init
from skills import SKILLS, sums

CHUNK = 5_000  # conversations drawn from one seed
DRILLS = 1_500  # sums alone beside them: the shortest conversations there are, and what takes longest to learn


def draw_chunk(seed: int, sums_weight: float) -> list[list[tuple[str, bool]]]:
    """CHUNK conversations and DRILLS sums of one seed, in ChatML; `sums_weight` against the other skills' 19."""
    SKILLS[sums] = sums_weight
    corpus, rng = Corpus(), random.Random(seed)
    talks = [chatml(*corpus.conversation(rng)) for _ in range(CHUNK)]
    for _ in range(DRILLS):
        ask, answer, _, _ = sums(rng)
        talks.append(chatml(SYSTEMS[0] if rng.random() < 0.2 else "", [(corpus.style.dress(ask, rng), answer, False)]))
    rng.shuffle(talks)
    return talks


def learn_vocabulary(chunk: list[list[tuple[str, bool]]], size: int) -> Tokenizer:
    """A byte-level BPE with GPT-2's word pattern; both ChatML marks are tokens of their own."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=["<|im_start|>", "<|im_end|>"], min_frequency=2,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    texts = (text.replace("<|im_start|>", "").replace("<|im_end|>", "") for talk in chunk for text, _ in talk)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def pack(talks: list[list[tuple[str, bool]]], tokenizer: Tokenizer, lengths: list[int]) -> list[tuple[np.ndarray, ...]]:
    """For each row length, rows of whole conversations: tokens, segment numbers (0 is padding), and which tokens to learn.

    A conversation goes into the shortest rows that hold it, because attention costs by the square of a row.
    """
    flat = iter(tokenizer.encode_batch([text for talk in talks for text, _ in talk], add_special_tokens=False))
    packs = {length: [[[], [], []]] for length in lengths}
    for talk in talks:
        parts = [(next(flat).ids, wanted) for _, wanted in talk]
        ids = [i for part, _ in parts for i in part][:max(lengths)]
        learn = [wanted for part, wanted in parts for _ in part][:max(lengths)]
        length = min(length for length in lengths if length >= len(ids))
        row = packs[length][-1]
        if len(row[0]) + len(ids) > length:
            row = [[], [], []]
            packs[length].append(row)
        row[1] += [1 + (row[1][-1] if row[1] else 0)] * len(ids)
        row[0] += ids
        row[2] += learn
    columns = {length: np.array([[c + [0] * (length - len(c)) for c in row] for row in rows[:-1]], np.int32).transpose(1, 0, 2)
               for length, rows in packs.items() if len(rows) > 1}
    return [(c[0], c[1], c[2].astype(np.float32)) for c in columns.values()]


def draw_packed(seed: int, sums_weight: float, tokenizer: str, lengths: list[int]) -> list[tuple[np.ndarray, ...]]:
    """One chunk in rows, drawn in a process of its own."""
    return pack(draw_chunk(seed, sums_weight), Tokenizer.from_str(tokenizer), lengths)


def batches(seed: int, sums_weight: float, tokenizer: Tokenizer, tokens_a_step: int, lengths: list[int], pool: ProcessPoolExecutor):
    """Yields (tokens, segments, picks, targets, weights) without end, no conversation twice; a chunk is drawn while one is learnt."""
    rng = np.random.default_rng(seed)
    draw = lambda n: pool.submit(draw_packed, seed * 1_000_003 + n, sums_weight, tokenizer.to_str(), lengths)  # noqa: E731
    following = draw(1)
    for n in itertools.count(2):
        drawn, following = following.result(), draw(n)
        lots = []
        for part in drawn:
            batch = tokens_a_step // part[0].shape[1]
            order = rng.permutation(len(part[0]))
            lots += [[column[order[at:at + batch]] for column in part] for at in range(0, len(order) - batch + 1, batch)]
        for at in rng.permutation(len(lots)):
            tokens, segments, learn = lots[at]
            # The place before a token predicts it; rows hold at most `room` tokens worth learning.
            room = tokens.size * 9 // 20
            picks = np.flatnonzero(np.pad(learn[:, 1:], ((0, 0), (0, 1))).reshape(-1))[:room]
            weights = np.pad(np.ones(len(picks), np.float32), (0, room - len(picks)))
            picks = np.pad(picks, (0, room - len(picks)))
            yield tokens, segments, picks, tokens.reshape(-1)[np.minimum(picks + 1, tokens.size - 1)], weights


def cpu_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main() -> None:
    """Draws, trains, exports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--minutes", type=float, default=60, help="on a busy machine: end the schedule by then, in fewer steps")
    parser.add_argument("--tokens", type=int, default=1536, help="tokens a step")
    parser.add_argument("--lengths", type=int, nargs="+", default=[128, 320], help="tokens a row, for short and for long conversations")
    parser.add_argument("--rate", type=float, default=0.02, help="peak learning rate of the blocks' matrices")
    parser.add_argument("--adam-rate", type=float, default=3e-3, help="peak learning rate of embeddings and norms")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sums", type=float, default=SKILLS[sums], help="weight of sums among the skills")
    parser.add_argument("--start", type=Path, help="go on from this GGUF")
    parser.add_argument("--save", type=int, default=400, help="steps between exports")
    parser.add_argument("--output", type=Path, default=ROOT / "models/starter/brain.gguf")
    options = parser.parse_args()

    shape, tokenizer = Shape(), None
    params = init(shape, options.seed)
    if options.start:
        shape, weights, tokenizer = read_gguf(options.start)
        params = {name: jnp.asarray(value, jnp.float32) for name, value in weights.items()}
    print(f"{sum(p.size for p in params.values()) / 1e6:.2f} M weights on {jax.devices()[0]}", flush=True)
    state = muon.start(params)

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(params, state, scale, tokens, segments, picks, targets, weights):
        def loss_of(params):
            logits = forward(shape, params, tokens, segments, picks)
            right = jnp.take_along_axis(logits, targets[:, None], 1)[:, 0]
            return ((jax.nn.logsumexp(logits, -1) - right) * weights).sum() / weights.sum()

        loss, grads = jax.value_and_grad(loss_of)(params)
        return *muon.update(params, grads, state, scale * options.rate, scale * options.adam_rate), loss

    began, losses, i, done = time.monotonic(), [], 0, 0.0
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        if tokenizer is None:
            first = pool.submit(draw_chunk, options.seed * 1_000_003, options.sums).result()
            tokenizer = learn_vocabulary(first, shape.vocab)
        feed = batches(options.seed, options.sums, tokenizer, options.tokens, options.lengths, pool)
        while done < 1:
            done = max((i + 1) / options.steps, (time.monotonic() - began) / 60 / options.minutes)
            scale = min(1, (i + 1) / 60, max(0.01, 1.03 - done) / 0.7)  # warm up, hold, fall to nothing
            params, state, loss = step(params, state, scale, *next(feed))
            losses.append(float(loss))
            i += 1
            if i % 50 == 0 or done >= 1:
                print(f"step {i:5d} loss {np.mean(losses[-50:]):.4f} done {done:.2f} cpu {cpu_seconds() / 60:.1f} min "
                      f"wall {(time.monotonic() - began) / 60:.1f} min", flush=True)
            if i % options.save == 0 or done >= 1:
                write_gguf(options.output, shape, {k: np.asarray(v) for k, v in params.items()}, tokenizer)
    print(f"the whole run: {cpu_seconds() / 60:.1f} CPU minutes, {(time.monotonic() - began) / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
