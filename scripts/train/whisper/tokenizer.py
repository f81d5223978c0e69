"""The micro Whisper's vocabulary: its own words, the published models' structure.

Byte-level BPE whose merges reach every whole word of the phrases, then the special tokens in the
order that Whisper runtimes count on: end of text, start of transcript, languages, tasks,
no-speech, no-timestamps, 1501 timestamps of 0.02 s. The empty token before `<|endoftext|>` is
what CTranslate2 recognises a multilingual vocabulary by.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

LANGUAGES = ["en", "ru"]
SPECIALS = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{language}|>" for language in LANGUAGES),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
]
TIMESTAMPS = [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
UNSPOKEN = list('"#()*+/:;<=>@[\\]^_`{|}~')  # symbols that a transcript of speech never needs


def build(phrases: list[str]) -> Tokenizer:
    """Learns the merges from the phrases and appends the special tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=4000, min_frequency=1, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([" " + phrase for phrase in phrases], trainer)
    state = json.loads(tokenizer.to_str())
    state["model"]["vocab"][""] = len(state["model"]["vocab"])
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIALS])
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in TIMESTAMPS])
    return tokenizer


def suppressed(tokenizer: Tokenizer) -> list[int]:
    """Ids that decoding never emits: unspoken symbols and the prompt's own tokens."""
    return sorted(tokenizer.token_to_id(token) for token in UNSPOKEN + SPECIALS[1:-1])


def load(folder: Path) -> Tokenizer:
    """Reads `folder`/tokenizer.json."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
