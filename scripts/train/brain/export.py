"""Writes and reads the brain as GGUF, in llama.cpp's own layout."""

import json
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from model import LAYER_KEYS, Shape

CHAT_TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def write_gguf(path: Path, shape: Shape, params: dict[str, np.ndarray], tokenizer: Tokenizer) -> None:
    """Matrices in q8_0 and transposed to [out, in], norms in f32; embeddings are tied, so no output matrix."""
    parts = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(parts["vocab"], key=parts["vocab"].get)
    assert len(tokens) == shape.vocab, f"the corpus gave {len(tokens)} tokens, not {shape.vocab}"
    start, end = tokenizer.token_to_id("<|im_start|>"), tokenizer.token_to_id("<|im_end|>")
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("golem starter brain")
    writer.add_license("GPL-3.0-or-later")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.vocab)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    special = {start, end}
    writer.add_token_types([gguf.TokenType.CONTROL if i in special else gguf.TokenType.NORMAL for i in range(len(tokens))])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in parts["merges"]])
    writer.add_bos_token_id(start)
    writer.add_eos_token_id(end)
    writer.add_eot_token_id(end)
    writer.add_pad_token_id(end)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)

    def add(name: str, value: np.ndarray) -> None:
        if value.ndim == 1:
            writer.add_tensor(f"{name}.weight", value.astype(np.float32))
        else:
            quantised = gguf.quants.quantize(np.ascontiguousarray(value, np.float32), Kind.Q8_0)
            writer.add_tensor(f"{name}.weight", quantised, raw_dtype=Kind.Q8_0)

    add("token_embd", params["token_embd"])
    add("output_norm", params["output_norm"])
    for i in range(shape.layers):
        for key in LAYER_KEYS:
            value = params[key][i]
            add(f"blk.{i}.{key}", value.T if value.ndim == 2 else value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_gguf(path: Path) -> tuple[Shape, dict[str, np.ndarray], Tokenizer]:
    """The exported model back again, dequantised: what llama.cpp will see."""
    reader = gguf.GGUFReader(path)
    field = lambda key: reader.get_field(key).contents()  # noqa: E731
    shape = Shape(len(field("tokenizer.ggml.tokens")), field("llama.embedding_length"), field("llama.block_count"),
                  field("llama.attention.head_count"), field("llama.attention.head_count_kv"),
                  field("llama.feed_forward_length"), field("llama.context_length"), field("llama.rope.freq_base"),
                  field("llama.attention.layer_norm_rms_epsilon"))
    tensors = {t.name.removesuffix(".weight"): gguf.quants.dequantize(t.data, t.tensor_type) for t in reader.tensors}
    params = {k: tensors[k] for k in ("token_embd", "output_norm")}
    for key in LAYER_KEYS:
        layers = [tensors[f"blk.{i}.{key}"] for i in range(shape.layers)]
        params[key] = np.stack([w.T if w.ndim == 2 else w for w in layers])
    vocabulary = {token: i for i, token in enumerate(field("tokenizer.ggml.tokens"))}
    merges = [tuple(m.split(" ")) for m in field("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<|im_start|>", "<|im_end|>")])
    return shape, params, tokenizer
