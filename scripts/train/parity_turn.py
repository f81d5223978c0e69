"""Write what the official package of Smart Turn computes, for the parity test: fixtures/parity/smart_turn.json.

`--wheel` is pipecat-ai's wheel (scripts/pins.toml names it); only its features and its model are used, so that nothing
else of it need be installed: pip install numpy onnxruntime soundfile. Rows are the recording, so many of its first
samples, and the probability; `people` are recordings beside the checkout, of which nothing but this is kept.
"""

import argparse
import json
import runpy
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "pipecat/audio/turn/smart_turn"
WINDOW = 128_000  # samples
PEOPLE = [
    "sentences/jfk.flac", "sentences/533-1066-0008.flac", "sentences/3331-159605-0004.flac",
    "sentences/3080-5032-0009.flac", "fillers/mfa_um.flac", "fillers/common_voice_en_22058264.flac",
    "keywords/alexa_141.flac", "commands/coffee/0334e17c-b72f-4e1a-ba76-0bb6c110ef94.flac",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True, help="pipecat_ai-1.14.0-py3-none-any.whl")
    parser.add_argument("--people", type=Path, default=ROOT / "../shared/speech", help="the recordings of people")
    parser.add_argument("--out", type=Path, default=ROOT / "fixtures/parity/smart_turn.json", help="what to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(options.wheel) as wheel:
        features = runpy.run_path(wheel.extract(f"{PACKAGE}/_whisper_features.py", folder))
        model = onnxruntime.InferenceSession(wheel.extract(f"{PACKAGE}/data/smart-turn-v3.2-cpu.onnx", folder))

    def row(folder: Path, name: str, share: float = 1.0) -> list[str | int | float]:
        audio, _ = soundfile.read(folder / name, dtype="float32")
        samples = int(len(audio) * share)
        window = np.pad(audio[:samples], (WINDOW, 0))[-WINDOW:]
        mel = features["compute_whisper_log_mel_features"](window, do_normalize=True)
        probability = model.run(None, {"input_features": mel[None]})[0]
        return [name, samples, round(float(probability.ravel()[0]), 6)]

    own = [str(path.relative_to(ROOT / "fixtures")) for path in sorted((ROOT / "fixtures/audio/whisper").glob("*.flac"))]
    names = ["parity/vad.flac", "parity/mel.flac", *own[:6]]
    rows = {
        "own": [row(ROOT / "fixtures", name, share) for name in names for share in (1.0, 0.6)],
        "people": [row(options.people, name, share) for name in PEOPLE for share in (1.0, 0.55)],
    }
    options.out.write_text(json.dumps(rows) + "\n")


if __name__ == "__main__":
    main()
