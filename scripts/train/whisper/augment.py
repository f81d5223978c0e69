"""Batches of training audio made on the device: speed, room, tone, noise, gain, silence."""

from dataclasses import dataclass

import torch
from torch import Tensor

RATE = 16_000  # Hz


@dataclass
class Clips:
    """All clips of the corpus in one tensor, and where each one lies in it."""

    audio: Tensor  # [samples], f32
    start: Tensor  # [clips], i64
    length: Tensor  # [clips], i64

    def draw(self, count: int, window: int, generator: torch.Generator) -> Tensor:
        """Returns `count` random clip numbers that fit into `window` samples."""
        fitting = torch.nonzero(self.length * 1.12 + RATE // 20 < window).flatten()
        picks = torch.randint(len(fitting), (count,), generator=generator, device=fitting.device)
        return fitting[picks]


@dataclass
class Batch:
    """Audio [batch, window] and the sample ranges that hold speech and recording."""

    audio: Tensor
    clips: Tensor  # [batch] clip numbers
    silent: Tensor  # [batch] bool: the row holds no speech
    onset: Tensor  # [batch] first sample of speech
    offset: Tensor  # [batch] sample after the last of speech
    end: Tensor  # [batch] sample after the last of the recording; zeros follow


def make(clips: Clips, picks: Tensor, window: int, silent_share: float, g: torch.Generator) -> Batch:
    """Places the picked clips into windows of `window` samples and disturbs them."""
    n, device = len(picks), picks.device

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, 1, generator=g, device=device)

    def chance(share: float) -> Tensor:
        return torch.rand(n, 1, generator=g, device=device) < share

    rate = uniform(0.9, 1.1)
    length = clips.length[picks, None] / rate
    lead = torch.minimum(uniform(0, 0.9) * RATE, (window - length) * uniform(0, 1))
    tail = torch.minimum(uniform(0, 0.8) * RATE, (window - length - lead) * uniform(0, 1))
    time = torch.arange(window, device=device)[None]
    recorded = time < lead + length + tail

    audio = _resampled(clips, picks, (time - lead) * rate)
    audio = audio / audio.abs().amax(1, keepdim=True).clamp(min=1e-4)
    audio = torch.where(chance(0.6), _room(audio, uniform, g), audio)
    silent = torch.rand(n, generator=g, device=device) < silent_share
    audio = torch.where(silent[:, None], torch.zeros_like(audio), audio)

    level = 10 ** (uniform(-60, -12) / 20) * torch.where(chance(0.3), 0.0, 1.0)
    noise = _coloured(n, window, uniform, g) * level
    bursts = (torch.sin(time / RATE * uniform(1, 9) + uniform(0, 6)) > 0.8) | ~chance(0.3)
    noise = torch.where(silent[:, None], noise * bursts, noise * 0.3)
    audio = (audio + noise) * recorded * 10 ** (uniform(-30, 0) / 20)
    return Batch(audio, picks, silent, lead[:, 0], (lead + length)[:, 0], (lead + length + tail)[:, 0])


def _resampled(clips: Clips, picks: Tensor, position: Tensor) -> Tensor:
    """Reads each clip at fractional positions [batch, window], zero outside of it."""
    length = clips.length[picks, None]
    inside = (position >= 0) & (position < length - 1)
    below = position.floor().clamp(min=0).minimum(length - 2.0)
    index = clips.start[picks, None] + below.long()
    part = position - below
    return ((1 - part) * clips.audio[index] + part * clips.audio[index + 1]) * inside


def _room(audio: Tensor, uniform, g: torch.Generator) -> Tensor:
    """Adds a decaying tail of reflections and tilts the spectrum."""
    size = RATE // 2
    time = torch.arange(size, device=audio.device)[None] / RATE
    response = torch.randn(len(audio), size, generator=g, device=audio.device)
    response *= torch.exp(-time * 6.9 / uniform(0.05, 0.4)) * uniform(0, 0.08)
    response[:, 0] = 1
    total = 1 << (audio.shape[1] + size - 1).bit_length()
    spectrum = torch.fft.rfft(audio, total) * torch.fft.rfft(response, total)
    tilt = (torch.arange(spectrum.shape[1], device=audio.device)[None] / spectrum.shape[1] + 0.05) ** uniform(
        -0.5, 0.5
    )
    mixed = torch.fft.irfft(spectrum * tilt, total)[:, : audio.shape[1]]
    return mixed / mixed.abs().amax(1, keepdim=True).clamp(min=1e-4)


def _coloured(n: int, window: int, uniform, g: torch.Generator) -> Tensor:
    """Noise of unit power with a random spectral slope, from white to brown."""
    device = uniform(0, 1).device
    size = 1 << (window - 1).bit_length()
    spectrum = torch.fft.rfft(torch.randn(n, size, generator=g, device=device))
    bins = torch.arange(spectrum.shape[1], device=device)[None] + size / 400
    noise = torch.fft.irfft(spectrum * bins ** -uniform(0, 1), size)[:, :window]
    return noise / noise.std(1, keepdim=True)


def log_mel(audio: Tensor, filters: Tensor) -> Tensor:
    """OpenAI's log-mel [batch, mels, samples / 160]; `filters` is [201, mels]."""
    window = torch.hann_window(400, device=audio.device)
    power = torch.stft(audio, 400, 160, window=window, return_complex=True)[..., :-1].abs() ** 2
    log = (filters.T @ power).clamp(min=1e-10).log10()
    return (log.maximum(log.amax((1, 2), keepdim=True) - 8) + 4) / 4
