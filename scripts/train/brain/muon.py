"""Muon: momentum made orthogonal, for the matrices of the blocks; Adam for embeddings and norms.

It is known to learn from fewer tokens than Adam alone; here it costs a fifth more work a step
(K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks", 2024; its polynomial below).
"""

import jax
import jax.numpy as jnp

from model import Params

POLYNOMIAL = (3.4445, -4.7750, 2.0315)
ROUNDS = 5
MOMENTUM = 0.95
BETAS = (0.9, 0.98)
DECAY = 0.02  # weight decay, times the rate
State = dict[str, Params | jax.Array]


def orthogonal(x: jax.Array) -> jax.Array:
    """The matrix with all singular values pulled towards one, by a Newton-Schulz iteration."""
    if x.shape[0] > x.shape[1]:
        return orthogonal(x.T).T
    x = x / (jnp.linalg.norm(x) + 1e-7)
    a, b, c = POLYNOMIAL
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x


def start(params: Params) -> State:
    """Moments at zero; the second one only where Adam steers."""
    first = {name: jnp.zeros_like(p) for name, p in params.items()}
    return {"first": first, "second": {n: jnp.zeros_like(p) for n, p in params.items() if p.ndim < 3}, "step": jnp.zeros(())}


def update(params: Params, grads: Params, state: State, rate: jax.Array, adam_rate: jax.Array) -> tuple[Params, State]:
    """One step; matrices are stacked as [layer, in, out]."""
    t, new, first, second = state["step"] + 1, {}, {}, {}
    for name, p in params.items():
        g, m = grads[name], state["first"][name]
        if p.ndim == 3:
            m = first[name] = MOMENTUM * m + g
            move = jnp.stack([orthogonal(u) for u in g + MOMENTUM * m]) * max(1, p.shape[2] / p.shape[1]) ** 0.5
            new[name] = p - rate * (move + DECAY * p)
        else:
            m = first[name] = BETAS[0] * m + (1 - BETAS[0]) * g
            v = second[name] = BETAS[1] * state["second"][name] + (1 - BETAS[1]) * g * g
            move = m / (1 - BETAS[0] ** t) / (jnp.sqrt(v / (1 - BETAS[1] ** t)) + 1e-8)
            new[name] = p - adam_rate * (move + DECAY * p)
    return new, {"first": first, "second": second, "step": t}
