"""Write what Resemblyzer's encoder computes on two recordings: fixtures/parity/speaker.json.

The features are librosa's, the partials those of `VoiceEncoder.compute_partial_slices`, the network is written out in
numpy in 64 bits, so that torch is not needed. Silence is not cut.

  pip install numpy librosa soundfile
  python scripts/train/speaker.py --model ~/.local/share/golem/models/speaker/resemblyzer/pretrained.pt
"""

import argparse
import json
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import librosa
import numpy as np
import soundfile

FRAMES, RATE, COVERAGE, LEVEL = 160, 1.3, 0.75, -30
# A loud recording of three partials, and a quiet one that is shorter than one.
RECORDINGS = [("06-flite-awb.flac", 1.0), ("02-espeak-en-us-f3.flac", 0.02)]


class Reader(pickle.Unpickler):
    """Reads tensors as the key of their storage, an offset and a shape."""

    def find_class(self, module, name):
        known = {"FloatStorage": object, "OrderedDict": OrderedDict}
        known["_rebuild_tensor_v2"] = lambda storage, offset, shape, *_: (storage, offset, shape)
        return known[name]

    def persistent_load(self, pid):
        return pid[2]


def weights(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as file:
        for _ in range(3):
            Reader(file).load()
        state, keys, storages = Reader(file).load()["model_state"], Reader(file).load(), {}
        for key in keys:
            (count,) = struct.unpack("<q", file.read(8))
            storages[key] = np.frombuffer(file.read(4 * count), dtype="<f4").astype(np.float64)
    return {
        name: storages[key][offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (key, offset, shape) in state.items()
    }


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def partial(model, x):
    for layer in range(3):
        w, u, b, c = (model[f"lstm.{name}_l{layer}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        state, memory, states = np.zeros(256), np.zeros(256), []
        for frame in x:
            enter, keep, new, leave = np.split(w @ frame + b + u @ state + c, 4)
            memory = sigmoid(keep) * memory + sigmoid(enter) * np.tanh(new)
            state = sigmoid(leave) * np.tanh(memory)
            states.append(state)
        x = np.array(states)
    raw = np.maximum(model["linear.weight"] @ state + model["linear.bias"], 0)
    return raw / np.linalg.norm(raw)


def begins(samples: int) -> list[int]:
    frames, step = int(np.ceil((samples + 1) / 160)), int(np.round(100 / RATE))
    found = list(range(0, max(1, frames - FRAMES + step + 1), step))
    covered = (samples - found[-1] * 160) / (FRAMES * 160)
    return found[:-1] if covered < COVERAGE and len(found) > 1 else found


def embed(model, wav):
    change = LEVEL - 20 * np.log10(np.sqrt(np.mean(wav**2)))
    wav = wav * 10 ** (max(change, 0) / 20)
    found = begins(len(wav))
    wav = np.pad(wav, (0, max(0, (found[-1] + FRAMES) * 160 - len(wav))))
    mel = librosa.feature.melspectrogram(y=wav, sr=16_000, n_fft=400, hop_length=160, n_mels=40).astype(np.float32).T
    mean = np.mean([partial(model, mel[begin : begin + FRAMES]) for begin in found], 0)
    return mean / np.linalg.norm(mean)


def main() -> None:
    fixtures = Path(__file__).parents[2] / "fixtures"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=fixtures / "parity/speaker.json")
    args = parser.parse_args()
    model, rows = weights(args.model), []
    for name, gain in RECORDINGS:
        wav, rate = soundfile.read(fixtures / "audio/whisper" / name, dtype="float32")
        assert rate == 16_000
        values = [round(float(value), 6) for value in embed(model, wav * np.float32(gain))]
        rows.append(json.dumps({"recording": name, "gain": gain, "print": values}, separators=(",", ":")))
    args.out.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
