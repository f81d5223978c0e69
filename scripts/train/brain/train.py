"""Trains the starter brain on freshly drawn conversations and writes its GGUF. Seeded; CPU or GPU, whatever JAX finds."""

import argparse
import itertools
import os
import random
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from corpus import ROOT, Corpus, chatml
from export import read_gguf, write_gguf
from model import Shape, forward, init
from skills import SKILLS, sums

CHUNK = 5_000  # conversations drawn from one seed


def draw_chunk(seed: int, sums_weight: float) -> list[list[tuple[str, bool]]]:
    """CHUNK conversations of one seed, in ChatML; `sums_weight` against the other skills' 19."""
    SKILLS[sums] = sums_weight
    corpus, rng = Corpus(), random.Random(seed)
    return [chatml(*corpus.conversation(rng)) for _ in range(CHUNK)]


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


def pack(talks: list[list[tuple[str, bool]]], tokenizer: Tokenizer, length: int) -> tuple[np.ndarray, ...]:
    """Rows of whole conversations: tokens, segment numbers (0 is padding), and which tokens to learn."""
    flat = tokenizer.encode_batch([text for talk in talks for text, _ in talk], add_special_tokens=False)
    rows, row, number, at = [], [[], [], []], 0, 0
    for talk in talks:
        ids, learn = [], []
        for _, wanted in talk:
            ids += flat[at].ids
            learn += [wanted] * len(flat[at].ids)
            at += 1
        ids, learn = ids[:length], learn[:length]
        if len(row[0]) + len(ids) > length:
            rows.append([column + [0] * (length - len(column)) for column in row])
            row, number = [[], [], []], 0
        number += 1
        row[0] += ids
        row[1] += [number] * len(ids)
        row[2] += learn
    columns = np.array(rows, np.int32).transpose(1, 0, 2)
    return columns[0], columns[1], columns[2].astype(np.float32)


def draw_packed(seed: int, sums_weight: float, tokenizer: str, length: int) -> tuple[np.ndarray, ...]:
    """One chunk in rows, drawn in a process of its own."""
    return pack(draw_chunk(seed, sums_weight), Tokenizer.from_str(tokenizer), length)


def batches(seed: int, chunks: int, sums_weight: float, tokenizer: Tokenizer, batch: int, length: int, pool: ProcessPoolExecutor):
    """Yields (tokens, segments, picks, targets, weights) without end; later chunks are drawn while earlier ones are learnt."""
    rng, room = np.random.default_rng(seed), batch * length * 9 // 20
    drawn = [pool.submit(draw_packed, seed * 1_000_003 + n, sums_weight, tokenizer.to_str(), length) for n in range(chunks)]
    for following in itertools.cycle(drawn):
        tokens, segments, learn = following.result()
        order = rng.permutation(len(tokens))
        for at in range(0, len(order) - batch + 1, batch):
            rows = order[at:at + batch]
            # The place before a token predicts it; rows hold at most `room` tokens worth learning.
            picks = np.flatnonzero(np.pad(learn[rows][:, 1:], ((0, 0), (0, 1))).reshape(-1))[:room]
            weights = np.pad(np.ones(len(picks), np.float32), (0, room - len(picks)))
            picks = np.pad(picks, (0, room - len(picks)))
            yield tokens[rows], segments[rows], picks, tokens[rows].reshape(-1)[np.minimum(picks + 1, batch * length - 1)], weights


def main() -> None:
    """Draws, trains, exports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--minutes", type=float, default=60, help="on a busy machine: end the schedule by then, in fewer steps")
    parser.add_argument("--batch", type=int, default=8, help="rows a step")
    parser.add_argument("--length", type=int, default=256, help="tokens a row")
    parser.add_argument("--chunks", type=int, default=40, help=f"different lots of {CHUNK} conversations")
    parser.add_argument("--rate", type=float, default=4e-3, help="peak learning rate")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1), help="processes that draw conversations")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sums", type=float, default=SKILLS[sums], help="weight of sums among the skills")
    parser.add_argument("--start", type=Path, help="go on from this GGUF")
    parser.add_argument("--save", type=int, default=400, help="steps between exports")
    parser.add_argument("--output", type=Path, default=ROOT / "models/starter/brain.gguf")
    options = parser.parse_args()

    shape = Shape()
    params = init(shape, options.seed)
    if options.start:
        params = {name: jnp.asarray(value, jnp.float32) for name, value in read_gguf(options.start)[1].items()}
    print(f"{sum(p.size for p in params.values()) / 1e6:.2f} M weights on {jax.devices()[0]}", flush=True)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(b2=0.98), optax.add_decayed_weights(0.02))
    state = optimizer.init(params)

    @jax.jit
    def step(params, state, rate, tokens, segments, picks, targets, weights):
        def loss_of(params):
            logits = forward(shape, params, tokens, segments, picks)
            right = (jax.nn.one_hot(targets, shape.vocab) * logits).sum(-1)
            return ((jax.nn.logsumexp(logits, -1) - right) * weights).sum() / weights.sum()

        loss, grads = jax.value_and_grad(loss_of)(params)
        updates, state = optimizer.update(grads, state, params)
        return jax.tree.map(lambda p, u: p - rate * u, params, updates), state, loss

    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        first = pool.submit(draw_chunk, options.seed * 1_000_003, options.sums).result()
        tokenizer = read_gguf(options.start)[2] if options.start else learn_vocabulary(first, shape.vocab)
        feed = batches(options.seed, options.chunks, options.sums, tokenizer, options.batch, options.length, pool)
        began, done, i, losses = time.monotonic(), 0.0, 0, []
        while done < 1:
            done = max((i + 1) / options.steps, (time.monotonic() - began) / 60 / options.minutes)
            rate = options.rate * min(1, (i + 1) / 60, max(0.01, 1.05 - done) / 0.7)  # warm up, hold, fall to nothing
            params, state, loss = step(params, state, rate, *next(feed))
            losses.append(float(loss))
            if i % 50 == 0 or done >= 1:
                pace = (i + 1) / (time.monotonic() - began)
                print(f"step {i:5d} loss {np.mean(losses[-50:]):.4f} {pace:.2f} steps/s done {done:.2f}", flush=True)
            i += 1
            if i % options.save == 0 or done >= 1:
                write_gguf(options.output, shape, {k: np.asarray(v) for k, v in params.items()}, tokenizer)


if __name__ == "__main__":
    main()
