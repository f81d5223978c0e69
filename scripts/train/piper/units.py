"""Cut one recording of every phoneme from espeak-ng's speech, by its own phoneme events."""

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, Union, c_char, c_int, c_short, c_uint, c_void_p
from dataclasses import dataclass

import numpy as np
from scipy.signal import resample_poly

RATE = 16_000  # Hz of the units
# Sentences that between them hold every English phoneme, spoken slowly and on one note.
CARRIERS = (
    "She saw the boy's church, and a measure of thin things, with pleasure. "
    "Father, you would sing loud about the huge yellow zoo; how very good! "
    "The red fox jumps over a lazy brown dog. They make coats of wool. "
    "It was a bird, a nurse, a girl. Better butter, little water. Near here, four more cars. "
    "Hot cups of tea; pull the book. Vision. This, then, is what we have: go, take, eat, see, up, us."
)
_END, _PHONEME = 0, 7  # espeak_EVENT_TYPE


class _Id(Union):
    _fields_ = [("number", c_int), ("name", c_void_p), ("string", c_char * 8)]


class _Event(Structure):
    """espeak_EVENT of speak_lib.h; positions in ms."""

    _fields_ = [
        ("type", c_int),
        ("unique", c_uint),
        ("text_position", c_int),
        ("length", c_int),
        ("audio_position", c_int),
        ("sample", c_int),
        ("user_data", c_void_p),
        ("id", _Id),
    ]


@dataclass
class Unit:
    """A phoneme's samples (f32) and how many of them belong to it; the rest fades."""

    audio: np.ndarray
    length: int


class Speaker:
    """espeak-ng's library, speaking slowly on one note and telling where each phoneme begins."""

    def __init__(self, words_a_minute: int) -> None:
        self.lib = ctypes.CDLL("libespeak-ng.so.1")
        synchronous, phoneme_events, ipa = 2, 1, 2
        self.rate = self.lib.espeak_Initialize(synchronous, 0, None, phoneme_events | ipa)
        for parameter, value in ((1, words_a_minute), (4, 0)):  # rate; pitch range
            self.lib.espeak_SetParameter(parameter, value, 0)

    def speak(self, voice: str, text: str) -> tuple[np.ndarray, list[tuple[str, int]]]:
        """Returns samples (f32, 16 kHz) and (IPA, first sample) pairs; the last one is the end."""
        chunks: list[np.ndarray] = []
        events: list[tuple[str, int]] = []

        @CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))
        def receive(wav, count, event):
            if wav and count:
                chunks.append(np.ctypeslib.as_array(wav, (count,)).copy())
            index = 0
            while event[index].type != _END:
                if event[index].type == _PHONEME:
                    name = event[index].id.string.decode("utf-8", "ignore")
                    events.append((name, event[index].audio_position * RATE // 1000))
                index += 1
            return 0

        self.lib.espeak_SetSynthCallback(receive)
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SystemExit(f"espeak-ng has no voice {voice}")
        data = text.encode() + b"\0"
        self.lib.espeak_Synth(data, len(data), 0, 0, 0, 1, None, None)
        self.lib.espeak_Synchronize()
        common = np.gcd(self.rate, RATE)
        audio = resample_poly(np.concatenate(chunks) / 32768, RATE // common, self.rate // common)
        return audio.astype(np.float32), [*events, ("", len(audio))]


def cut(audio: np.ndarray, events: list[tuple[str, int]], longest: int) -> dict[str, Unit]:
    """Picks, for each IPA letter, its longest plain recording, at most `longest` samples.

    A diphthong or affricate gives its first half to its first letter and its second half to its
    second, for letters that are never heard alone.
    """
    found: dict[str, tuple[bool, Unit]] = {}
    for (name, start), (_, end) in zip(events, events[1:]):
        letters = [c for c in name if c not in "ˈˌːʲ|_ '"]
        for place, letter in enumerate(letters[:2]):
            alone = len(letters) == 1
            share = (end - start) // len(letters)
            first = start + place * share
            length = min(share, longest)
            unit = Unit(audio[first : first + length], length)
            better = (
                (alone, length) > (found[letter][0], found[letter][1].length) if letter in found else True
            )
            if better and length > RATE // 50:
                found[letter] = (alone, unit)
    return {letter: unit for letter, (_, unit) in found.items()}
