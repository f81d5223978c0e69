"""Build the Piper-format voice fixture: a concatenative voice inside one small ONNX graph.

The graph has a Piper export's inputs and output and speaks by looking up one recorded unit per
phoneme, cutting it to its length times `length_scale`, and joining neighbours with an 8 ms
crossfade. Two speakers. The noise scales are accepted and have no effect.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import units

FADE = units.RATE * 8 // 1000  # samples of crossfade
LONGEST = units.RATE * 18 // 100  # samples of a unit, fade included
SYMBOLS = 256  # Piper's num_symbols
SPEAKERS = {"low": "en-us", "high": "en-us+f3"}
# Piper's espeak alphabet, in the order of its ids.
ALPHABET = (
    "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyzæçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹ"
    "ɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʲˈˌːˑ˞βθχᵻⱱ"
)
ALIASES = {"ᵻ": "ɪ", "ɒ": "ɑ", "ɫ": "l", "r": "ɹ", "g": "ɡ", "x": "h", "y": "i"}
PAUSES = {"^": 20, "$": 60, " ": 25, ",": 150, ";": 150, ":": 150, ".": 250, "?": 250, "!": 250}  # ms


def tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns wave [rows, LONGEST] i16, and per [speakers * SYMBOLS]: row, length, longest."""
    speaker = units.Speaker(words_a_minute=100)
    waves = [np.zeros(LONGEST, np.int16)]  # row 0 is silence
    row, length, longest = (np.zeros(len(SPEAKERS) * SYMBOLS, np.int64) for _ in range(3))
    for number, voice in enumerate(SPEAKERS.values()):
        cuts = units.cut(*speaker.speak(voice, units.CARRIERS), LONGEST - FADE)
        for symbol, letter in enumerate(ALPHABET):
            at = number * SYMBOLS + symbol
            unit = cuts.get(ALIASES.get(letter, letter))
            if letter in PAUSES:
                length[at] = PAUSES[letter] * units.RATE // 1000
                longest[at] = LONGEST - FADE
            elif unit is not None:
                row[at], longest[at] = len(waves), unit.length - FADE
                length[at] = np.clip(0.5 * unit.length, 0.045 * units.RATE, 0.09 * units.RATE)
                samples = np.zeros(LONGEST)
                samples[: unit.length] = unit.audio[: unit.length]
                waves.append(np.round(samples * 32767).astype(np.int16))
    return np.stack(waves), row, np.minimum(length, longest), longest


class Graph:
    """Collects nodes and constants, naming them in order."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value, dtype=np.int64) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def add(self, kind: str, *inputs: str, output: str | None = None, **attributes) -> str:
        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output


def graph() -> onnx.GraphProto:
    """The voice: input, input_lengths, scales, sid -> output [1, 1, 1, samples]."""
    wave, row, length, longest = tables()
    g = Graph()
    zero, one, minus = g.constant([0]), g.constant([1]), g.constant([-1])
    fade = g.constant([FADE])

    # Phonemes of this utterance that make a sound, as indices into the speaker's part of the tables.
    flat = g.add("Reshape", "input", minus)
    ids = g.add("Slice", flat, zero, "input_lengths")
    ids = g.add("Clip", ids, g.constant(0), g.constant(SYMBOLS - 1))
    index = g.add("Add", ids, g.add("Mul", "sid", g.constant([SYMBOLS])))
    lengths = g.constant(length)
    sounding = g.add("Greater", g.add("Gather", lengths, index), zero)
    index = g.add("Compress", index, sounding, axis=0)

    # Samples of each phoneme: its own length times length_scale, within what was recorded.
    scale = g.add("Slice", "scales", one, g.constant([2]))
    wanted = g.add("Cast", g.add("Gather", lengths, index), to=TensorProto.FLOAT)
    wanted = g.add("Cast", g.add("Mul", wanted, scale), to=TensorProto.INT64)
    most = g.add("Gather", g.constant(longest), index)
    samples = g.add("Unsqueeze", g.add("Max", g.add("Min", wanted, most), fade), one)

    # Units [phonemes, LONGEST], faded in over the first FADE samples and out after their length.
    rows = g.add("Gather", g.constant(row), index)
    unit = g.add("Cast", g.add("Gather", g.constant(wave, np.int16), rows), to=TensorProto.FLOAT)
    unit = g.add("Mul", unit, g.constant([1 / 32768], np.float32))
    time = g.constant(np.arange(LONGEST)[None])
    fade_in = g.constant(np.minimum((np.arange(LONGEST) + 0.5) / FADE, 1)[None], np.float32)
    left = g.add("Cast", g.add("Sub", g.add("Add", samples, fade), time), to=TensorProto.FLOAT)
    fade_out = g.add("Div", g.add("Sub", left, g.constant([0.5], np.float32)), g.constant([FADE], np.float32))
    fade_out = g.add("Clip", fade_out, g.constant(0, np.float32), g.constant(1, np.float32))
    unit = g.add("Mul", g.add("Mul", unit, fade_in), fade_out)

    # Each unit's fading tail is laid over the beginning of the next one.
    tail_at = g.add("Add", samples, g.constant(np.arange(FADE)[None]))
    tail = g.add("GatherElements", unit, tail_at, axis=1)
    late = g.add("Pad", tail, g.constant([1, 0, -1, LONGEST - FADE]), g.constant(0, np.float32))
    mixed = g.add("Add", unit, late)
    heard = g.add("Less", time, samples)
    audio = g.add("Compress", g.add("Reshape", mixed, minus), g.add("Reshape", heard, minus), axis=0)
    g.add("Reshape", audio, g.constant([1, 1, 1, -1]), output="output")

    return helper.make_graph(
        g.nodes,
        "piper-micro",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, ["batch_size", "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch_size"]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
            helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch_size"]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "time"])],
        g.constants,
    )


def config() -> dict:
    """voice.onnx.json with the keys of a published Piper voice."""
    return {
        "audio": {"sample_rate": units.RATE, "quality": "x_low"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": {letter: [number] for number, letter in enumerate(ALPHABET)},
        "num_symbols": SYMBOLS,
        "num_speakers": len(SPEAKERS),
        "speaker_id_map": {name: number for number, name in enumerate(SPEAKERS)},
        "language": {"code": "en_US", "family": "en", "region": "US"},
        "dataset": "espeak-ng units",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the voice's folder")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    model = helper.make_model(graph(), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, out / "voice.onnx")
    text = json.dumps(config(), ensure_ascii=False, indent=2)
    (out / "voice.onnx.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
