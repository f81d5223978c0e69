"""A llama in JAX: RMSNorm, rotary positions in interleaved pairs (as GGUF has them), grouped heads, SwiGLU, tied embeddings."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

Params = dict[str, jax.Array]


@dataclass(frozen=True)
class Shape:
    """Sizes of the model; the names follow GGUF's keys."""

    vocab: int = 2048
    width: int = 192
    layers: int = 4
    heads: int = 3
    kv_heads: int = 1
    feed_forward: int = 512
    context: int = 512
    rope_base: float = 10_000.0
    epsilon: float = 1e-5

    @property
    def head(self) -> int:
        """Width of one head."""
        return self.width // self.heads


def init(shape: Shape, seed: int) -> Params:
    """Random weights; matrices are [layer, in, out]."""
    rng = np.random.default_rng(seed)
    kv = shape.kv_heads * shape.head
    sizes = {"attn_q": (shape.width, shape.width), "attn_k": (shape.width, kv), "attn_v": (shape.width, kv),
             "attn_output": (shape.width, shape.width), "ffn_gate": (shape.width, shape.feed_forward),
             "ffn_up": (shape.width, shape.feed_forward), "ffn_down": (shape.feed_forward, shape.width)}
    params = {}
    for name, (rows, columns) in sizes.items():
        scale = rows**-0.5 / ((2 * shape.layers) ** 0.5 if name in ("attn_output", "ffn_down") else 1)
        params[name] = rng.normal(0, scale, (shape.layers, rows, columns))
    params["token_embd"] = rng.normal(0, 0.02, (shape.vocab, shape.width))
    params["attn_norm"] = params["ffn_norm"] = np.ones((shape.layers, shape.width))
    params["output_norm"] = np.ones(shape.width)
    return {name: jnp.asarray(value, jnp.float32) for name, value in params.items()}


def norm(x: jax.Array, weight: jax.Array, epsilon: float) -> jax.Array:
    """Root mean square normalisation."""
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + epsilon) * weight


def rotate(x: jax.Array, positions: jax.Array, base: float) -> jax.Array:
    """Rotary positions on [..., time, heads, head]; pairs are neighbours."""
    half = x.shape[-1] // 2
    angles = positions[:, None] * base ** (-jnp.arange(half) / half)
    cos, sin = jnp.cos(angles)[:, None, :], jnp.sin(angles)[:, None, :]
    even, odd = x[..., ::2], x[..., 1::2]
    return jnp.stack([even * cos - odd * sin, even * sin + odd * cos], -1).reshape(x.shape)


def attend(q: jax.Array, k: jax.Array, v: jax.Array, mask: jax.Array) -> jax.Array:
    """Grouped attention: q [b, t, heads, head], k and v [b, s, kv_heads, head], mask [b, t, s]."""
    b, t, heads, head = q.shape
    kv, s = k.shape[2], k.shape[1]
    grouped = q.reshape(b, t, kv, heads // kv, head).transpose(0, 2, 3, 1, 4).reshape(b, kv, -1, head)
    k, v = k.transpose(0, 2, 3, 1), v.transpose(0, 2, 1, 3)
    scores = (grouped @ k).reshape(b, kv, -1, t, s) * head**-0.5
    weights = jax.nn.softmax(scores + jnp.where(mask, 0.0, -1e9)[:, None, None], -1)
    out = (weights.reshape(b, kv, -1, s) @ v).reshape(b, heads, t, head)
    return out.transpose(0, 2, 1, 3).reshape(b, t, heads * head)


def flat(x: jax.Array, w: jax.Array) -> jax.Array:
    """x [..., in] @ w, with x as one matrix: XLA's gradients of a batched product are half as fast on a CPU."""
    return (x.reshape(-1, x.shape[-1]) @ w).reshape(*x.shape[:-1], -1)


LAYER_KEYS = ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")


def layer(shape: Shape, x: jax.Array, w: Params, positions: jax.Array, mask: jax.Array, cache=None, picks=None):
    """One block. With a cache (k, v of all positions), the new keys and values are written into it.

    With `picks`, only those places of the flattened rows go on after the attention: [picks, width] comes back.
    """
    b, t, _ = x.shape
    h = norm(x, w["attn_norm"], shape.epsilon)
    q = rotate(flat(h, w["attn_q"]).reshape(b, t, shape.heads, -1), positions, shape.rope_base)
    k = rotate(flat(h, w["attn_k"]).reshape(b, t, shape.kv_heads, -1), positions, shape.rope_base)
    v = flat(h, w["attn_v"]).reshape(b, t, shape.kv_heads, -1)
    if cache is not None:
        k, v = (jax.lax.dynamic_update_slice(c, new, (0, positions[0], 0, 0)) for c, new in zip(cache, (k, v)))
    mixed = attend(q, k, v, mask)
    if picks is not None:
        x, mixed = (part.reshape(-1, shape.width)[picks] for part in (x, mixed))
    x = x + flat(mixed, w["attn_output"])
    h = norm(x, w["ffn_norm"], shape.epsilon)
    return x + flat(jax.nn.silu(flat(h, w["ffn_gate"])) * flat(h, w["ffn_up"]), w["ffn_down"]), (k, v)


def forward(shape: Shape, params: Params, tokens: jax.Array, segments: jax.Array, picks: jax.Array) -> jax.Array:
    """Logits [picks, vocab] at some places of the flattened rows; a token sees its own segment up to itself."""
    t = tokens.shape[1]
    mask = (segments[:, :, None] == segments[:, None, :]) & jnp.tril(jnp.ones((t, t), bool))
    x = params["token_embd"][tokens]
    for i in range(shape.layers):  # unrolled: a scan is a third slower on a CPU
        last = picks if i + 1 == shape.layers else None
        x, _ = layer(shape, x, {k: params[k][i] for k in LAYER_KEYS}, jnp.arange(t), mask, picks=last)
    return norm(x, params["output_norm"], shape.epsilon) @ params["token_embd"].T


@partial(jax.jit, static_argnums=(0, 4))
def generate(shape: Shape, params: Params, prompts: jax.Array, lengths: jax.Array, new: int,
             temperature: float = 0.0, seed: int = 0) -> jax.Array:
    """Continues prompts [b, t] (padded right) by `new` tokens; greedy where the temperature is 0."""
    b, longest = prompts.shape
    total = longest + new
    cache = jnp.zeros((shape.layers, 2, b, total, shape.kv_heads, shape.head))

    def step(carry, t):
        cache, out = carry
        mask = jnp.broadcast_to(jnp.arange(total) <= t, (b, 1, total))

        def body(x, wc):
            x, kv = layer(shape, x, wc[0], t[None], mask, wc[1])
            return x, jnp.stack(kv)

        x, cache = jax.lax.scan(body, params["token_embd"][out[:, t]][:, None], ({k: params[k] for k in LAYER_KEYS}, cache))
        logits = (norm(x, params["output_norm"], shape.epsilon) @ params["token_embd"].T)[:, 0]
        drawn = jax.random.categorical(jax.random.fold_in(jax.random.key(seed), t), logits / jnp.maximum(temperature, 1e-6))
        pick = jnp.where(temperature > 0, drawn, logits.argmax(-1))
        known = (t + 1 < lengths) | (t + 1 >= total)
        column = jnp.where(known, out[:, jnp.minimum(t + 1, total - 1)], pick)
        return (cache, out.at[:, jnp.minimum(t + 1, total - 1)].set(column)), None

    out = jnp.pad(prompts, ((0, 0), (0, new)))
    (_, out), _ = jax.lax.scan(step, (cache, out), jnp.arange(total - 1))
    return out
