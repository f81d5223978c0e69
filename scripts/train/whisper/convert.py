"""Convert the trained micro Whisper to CTranslate2, laid out as published for faster-whisper.

The weights pass through CTranslate2's own Whisper loader, fed with arrays instead of a
Hugging Face model.
"""

import argparse
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from ctranslate2.converters.transformers import WhisperLoader

import tokenizer as vocabulary

PREPROCESSOR = {
    "chunk_length": 30,
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": 80,
    "hop_length": 160,
    "n_fft": 400,
    "n_samples": 480000,
    "nb_max_frames": 3000,
    "padding_side": "right",
    "padding_value": 0.0,
    "processor_class": "WhisperProcessor",
    "return_attention_mask": False,
    "sampling_rate": 16000,
}


def tree(weights: dict[str, np.ndarray]) -> SimpleNamespace:
    """Turns `encoder.layers.0.fc1.weight` names into nested attributes and lists."""
    root: dict = {}
    for name, value in weights.items():
        *path, leaf = name.split(".")
        node = root
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = value

    def shape(node):
        if not isinstance(node, dict):
            return node
        if all(key.isdigit() for key in node):
            return [shape(node[key]) for key in sorted(node, key=int)]
        fields = {key: shape(value) for key, value in node.items()}
        return SimpleNamespace(**({"bias": None} if "weight" in node else {}) | fields)

    return shape(root)


def convert(source: Path, out: Path, quantization: str) -> None:
    config = json.loads((source / "config.json").read_text())
    tokenizer = vocabulary.load(source)
    model = tree(dict(np.load(source / "weights.npz")))
    for part in (model.encoder, model.decoder):
        part.embed_scale = 1.0
    wrapper = SimpleNamespace(
        config=SimpleNamespace(**config), model=model, proj_out=model.decoder.embed_tokens
    )
    loader = WhisperLoader()
    spec = loader.get_model_spec(wrapper)
    spec.config.suppress_ids = vocabulary.suppressed(tokenizer)
    spec.config.suppress_ids_begin = [tokenizer.token_to_id(t) for t in ("Ġ", "<|endoftext|>")]
    spec.config.lang_ids = [tokenizer.token_to_id(f"<|{name}|>") for name in vocabulary.LANGUAGES]
    last, heads = config["decoder_layers"] - 1, config["decoder_attention_heads"]
    spec.config.alignment_heads = [[last, head] for head in range(heads)]
    by_id = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    spec.register_vocabulary([token for token, _ in by_id])
    spec.validate()
    spec.optimize(quantization=quantization)
    out.mkdir(parents=True, exist_ok=True)
    spec.save(str(out))
    (out / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    (out / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder that train.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="the model folder")
    parser.add_argument("--quantization", default="int8", help="as CTranslate2 names it")
    args = parser.parse_args()
    convert(args.source, args.out, args.quantization)


if __name__ == "__main__":
    main()
