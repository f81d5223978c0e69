"""Whisper's architecture in plain PyTorch, parameters named as Hugging Face names them."""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Dims:
    """The sizes, under the keys of a published Whisper config.json."""

    vocab_size: int
    d_model: int = 128
    encoder_layers: int = 3
    encoder_attention_heads: int = 4
    decoder_layers: int = 2
    decoder_attention_heads: int = 4
    num_mel_bins: int = 80
    max_source_positions: int = 1500
    max_target_positions: int = 448

    def config(self) -> dict:
        """Returns config.json of a Hugging Face Whisper checkpoint."""
        return {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"], **asdict(self)}


def sinusoids(length: int, channels: int) -> Tensor:
    """The encoder's fixed positions [length, channels]."""
    rates = torch.exp(-torch.arange(channels // 2) * (torch.log(torch.tensor(1e4)) / (channels // 2 - 1)))
    angles = torch.arange(length)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    """Multi-head attention; the key projection has no bias, as in Whisper."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor, causal: bool = False) -> Tensor:
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = split(self.q_proj(x)), split(self.k_proj(memory)), split(self.v_proj(memory))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out_proj(mixed.transpose(1, 2).flatten(-2))


class Layer(nn.Module):
    """A pre-norm transformer layer; `cross` adds attention to the encoder's output."""

    def __init__(self, width: int, heads: int, cross: bool, dropout: float = 0.1) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        if cross:
            self.encoder_attn = Attention(width, heads)
            self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)
        self.dropout = dropout

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        drop = lambda y: F.dropout(y, self.dropout, self.training)
        y = self.self_attn_layer_norm(x)
        x = x + drop(self.self_attn(y, y, causal=memory is not None))
        if memory is not None:
            x = x + drop(self.encoder_attn(self.encoder_attn_layer_norm(x), memory))
        return x + drop(self.fc2(F.gelu(self.fc1(self.final_layer_norm(x)))))


class Encoder(nn.Module):
    """Log-mel [batch, mels, frames] to states [batch, frames / 2, width]; any number of frames."""

    def __init__(self, dims: Dims) -> None:
        super().__init__()
        width = dims.d_model
        self.conv1 = nn.Conv1d(dims.num_mel_bins, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(dims.max_source_positions, width)
        self.embed_positions.weight = nn.Parameter(
            sinusoids(dims.max_source_positions, width), requires_grad=False
        )
        self.layers = nn.ModuleList(
            Layer(width, dims.encoder_attention_heads, cross=False) for _ in range(dims.encoder_layers)
        )
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, mel: Tensor) -> Tensor:
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2)
        x = x + self.embed_positions.weight[: x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.layer_norm(x)


class Decoder(nn.Module):
    """Token ids [batch, length] and encoder states to logits [batch, length, vocabulary]."""

    def __init__(self, dims: Dims) -> None:
        super().__init__()
        width = dims.d_model
        self.embed_tokens = nn.Embedding(dims.vocab_size, width)
        self.embed_positions = nn.Embedding(dims.max_target_positions, width)
        for table in (self.embed_tokens, self.embed_positions):
            nn.init.normal_(table.weight, std=0.02)
        self.layers = nn.ModuleList(
            Layer(width, dims.decoder_attention_heads, cross=True) for _ in range(dims.decoder_layers)
        )
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, memory: Tensor) -> Tensor:
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, memory)
        return self.layer_norm(x) @ self.embed_tokens.weight.T


class Whisper(nn.Module):
    """Encoder and decoder; the output projection is the token table."""

    def __init__(self, dims: Dims) -> None:
        super().__init__()
        self.dims, self.encoder, self.decoder = dims, Encoder(dims), Decoder(dims)

    def forward(self, mel: Tensor, tokens: Tensor) -> Tensor:
        return self.decoder(tokens, self.encoder(mel))
