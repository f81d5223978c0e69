"""Make small Whisper checkpoints in Hugging Face's form, and what others make of them.

Each of `VARIANTS` is saved by transformers with random weights and converted by CTranslate2's own
converter to float32, float16 and int8, which golem's must equal byte for byte:

- <variant>/checkpoint/: the checkpoint
- <variant>/<precision>/model.bin, <variant>/vocabulary.json, <variant>/config.json: the reference
- logits.json: what transformers computes with `plain`: the natural-log probability of each of
  `tokens` after `prompt` and the ones before it, among the tokens of text, for the log-mel that
  `mel` in this file defines

With --base, a checkpoint of whisper-base's size instead, to measure time and memory.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import Tokenizer
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

import tokenizer as vocabulary

PRECISIONS = ["float32", "float16", "int8"]
VARIANTS = {
    # A context of one second; newer files; timestamps not in the tokenizer; one file in F32.
    "plain": {"dtype": "float32", "context": 50, "old": False},
    # Whisper's own context; older files; equal tensors of a fresh model; several files in BF16.
    "sharded": {"dtype": "bfloat16", "context": 1500, "old": True},
    # F16, with an output projection of its own.
    "untied": {"dtype": "float16", "context": 50, "old": False},
}
PHRASES = ["turn on the light", "what time is it", "turn it off", "what is the time"]


def tokens(timestamps: int) -> Tokenizer:
    """A tokenizer of a few words and Whisper's special tokens."""
    state = json.loads(vocabulary.build(PHRASES).to_str())
    special = set(vocabulary.SPECIALS + vocabulary.TIMESTAMPS[:timestamps])
    state["added_tokens"] = [t for t in state["added_tokens"] if t["content"] in special]
    return Tokenizer.from_str(json.dumps(state))


def save_tokens(made: Tokenizer, out: Path, old: bool) -> None:
    """Writes tokenizer.json, or the three files that came before it."""
    (out / "tokenizer_config.json").write_text('{"tokenizer_class": "WhisperTokenizer"}\n')
    if not old:
        made.save(str(out / "tokenizer.json"), pretty=False)
        return
    state = json.loads(made.to_str())
    merges = [" ".join(merge) for merge in state["model"]["merges"]]
    added = {token["content"]: token["id"] for token in state["added_tokens"]}
    (out / "vocab.json").write_text(json.dumps(state["model"]["vocab"]))
    (out / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))
    (out / "added_tokens.json").write_text(json.dumps(added))


def generation(made: Tokenizer) -> GenerationConfig:
    """What newer checkpoints say about decoding."""
    languages = {f"<|{name}|>": made.token_to_id(f"<|{name}|>") for name in vocabulary.LANGUAGES}
    return GenerationConfig(
        suppress_tokens=vocabulary.suppressed(made),
        begin_suppress_tokens=[220, made.token_to_id("<|endoftext|>")],
        alignment_heads=[[1, 0], [0, 1]],
        lang_to_id=languages,
        is_multilingual=True,
    )


def checkpoint(out: Path, dtype: str, context: int, old: bool) -> None:
    """Saves a model with random weights of eight numbers a token."""
    made = tokens(0 if not old else 1501)
    size = made.get_vocab_size() + (0 if old else context + 1)
    end, start = (made.token_to_id(f"<|{name}|>") for name in ("endoftext", "startoftranscript"))
    config = WhisperConfig(
        vocab_size=size, d_model=8, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=24,
        max_source_positions=context, max_target_positions=32, decoder_start_token_id=start,
        pad_token_id=end, bos_token_id=end, eos_token_id=end, suppress_tokens=[1, 2, 7],
        tie_word_embeddings=dtype != "float16",
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if not old and "embed_positions" not in name:
                # Far from a fresh model, whose logits are all alike and whose vectors are 0 or 1.
                weight.add_(torch.randn_like(weight) * 0.3)
    model = model.to(getattr(torch, dtype))
    if not old:
        model.generation_config = generation(made)
    model.save_pretrained(out, max_shard_size="20KB" if old else "1GB")
    if old:
        (out / "generation_config.json").unlink()
        text = (out / "config.json").read_text()
        (out / "config.json").write_text(text.replace('"dtype"', '"torch_dtype"'))
    save_tokens(made, out, old)


def convert(source: Path, out: Path) -> None:
    """CTranslate2's own converter, as the command line tool calls it."""
    for precision in PRECISIONS:
        with tempfile.TemporaryDirectory() as folder:
            TransformersConverter(str(source)).convert(folder, quantization=precision, force=True)
            made = Path(folder)
            (out / precision).mkdir(parents=True)
            shutil.copy(made / "model.bin", out / precision)
            for name in ("config.json", "vocabulary.json"):
                shutil.copy(made / name, out)


def mel(bins: int, frames: int) -> torch.Tensor:
    """A log-mel [1, bins, frames] that can be written down: sin(0.1 b + 0.01 b f + f)."""
    band = torch.arange(bins, dtype=torch.float64)[:, None]
    frame = torch.arange(frames, dtype=torch.float64)[None]
    return torch.sin(0.1 * band + 0.01 * band * frame + frame)[None].float()


def logits(source: Path) -> dict:
    """What transformers makes of the log-mel."""
    model = WhisperForConditionalGeneration.from_pretrained(source).eval()
    made = Tokenizer.from_file(str(source / "tokenizer.json"))
    names = ["startoftranscript", "en", "transcribe", "notimestamps"]
    prompt = [made.token_to_id(f"<|{name}|>") for name in names]
    text = made.encode(" turn on the light what time is it").ids
    every = torch.tensor([prompt + text])
    frames = 2 * model.config.max_source_positions
    with torch.no_grad():
        features = mel(model.config.num_mel_bins, frames)
        output = model(input_features=features, decoder_input_ids=every[:, :-1])
    # As CTranslate2's `align` has it: among the tokens before the end of text only.
    end = made.token_to_id("<|endoftext|>")
    chances = output.logits[0, len(prompt) - 1 :, :end].double().log_softmax(-1)
    chosen = chances[torch.arange(len(text)), torch.tensor(text)]
    rounded = [round(x, 6) for x in chosen.tolist()]
    return {"prompt": prompt, "tokens": text, "log_probabilities": rounded}


def base(out: Path) -> None:
    """A checkpoint of whisper-base's size with random weights."""
    config = WhisperConfig(
        d_model=512, encoder_layers=6, decoder_layers=6, encoder_attention_heads=8,
        decoder_attention_heads=8, encoder_ffn_dim=2048, decoder_ffn_dim=2048,
    )  # fmt: skip
    WhisperForConditionalGeneration(config).save_pretrained(out)
    save_tokens(tokens(0), out, False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--base", action="store_true", help="only a large checkpoint")
    parser.add_argument("--seed", type=int, default=4)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    if args.base:
        return base(args.out)
    for name, variant in VARIANTS.items():
        shutil.rmtree(args.out / name, ignore_errors=True)
        checkpoint(args.out / name / "checkpoint", **variant)
        convert(args.out / name / "checkpoint", args.out / name)
    (args.out / "logits.json").write_text(json.dumps(logits(args.out / "plain/checkpoint")) + "\n")


if __name__ == "__main__":
    main()
