"""Write faster-whisper's words with their times, for the parity test of golem's: fixtures/parity/words.json.

`--model` is the folder of Whisper base that `golem models fetch whisper-base` makes; pip install faster-whisper. Rows are
a recording beside the checkout, of which nothing but this is kept: the tokens of its text, and its words with their
beginnings and ends in seconds. All are shorter than a window of 30 s.
"""

import argparse
import json
from pathlib import Path

from faster_whisper import WhisperModel

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="the folder of Whisper base")
    parser.add_argument("--people", type=Path, default=ROOT / "../shared/speech", help="the recordings of people")
    parser.add_argument("--out", type=Path, default=ROOT / "fixtures/parity/words.json", help="what to write")
    options = parser.parse_args()
    model = WhisperModel(str(options.model), device="cpu", compute_type="int8")
    end = model.hf_tokenizer.token_to_id("<|endoftext|>")
    paths = sorted((options.people / "sentences").glob("*.flac"))

    def row(path: Path) -> dict:
        segments = list(model.transcribe(str(path), language="en", beam_size=5, word_timestamps=True)[0])
        words = [
            [word.word, round(float(word.start), 2), round(float(word.end), 2)]
            for segment in segments
            for word in segment.words
        ]
        tokens = [token for segment in segments for token in segment.tokens if token < end]
        return {"recording": f"sentences/{path.name}", "tokens": tokens, "words": words}

    rows = [row(path) for path in paths[:: len(paths) // RECORDINGS][:RECORDINGS]]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    options.out.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
