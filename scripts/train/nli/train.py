"""Train the micro NLI classifier and write it as models from a hub come: ONNX, tokenizer, config.

A BERT of 3 layers and width 64 on the pairs of corpus.py. Sentences of heldout.tsv are never
trained on. Seeded; minutes on one core.
"""

import argparse
import csv
import random
import time
import warnings
from pathlib import Path

import corpus
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForSequenceClassification

HERE = Path(__file__).parent
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
LONGEST = 64  # tokens


def heldout(path: Path = HERE / "heldout.tsv") -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum() or letter == " ")


def pairs(seed: int):
    """Training pairs without end, never one of a held-out sentence."""
    rng = random.Random(seed)
    unseen = {plain(row["text"]) for row in heldout()}
    while True:
        drawn = corpus.pair(rng)
        if plain(drawn[0]) not in unseen:
            yield drawn


def build_tokenizer(seed: int) -> Tokenizer:
    """A lower-case WordPiece over the corpus, arranged as BERT's."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=900, special_tokens=specials, show_progress=False)
    source = pairs(seed)
    tokenizer.train_from_iterator((text for _ in range(20_000) for text in next(source)[:2]), trainer)
    ids = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids
    )
    return tokenizer


def encode(tokenizer: Tokenizer, texts: list[tuple[str, str]]) -> dict[str, torch.Tensor]:
    """Pads a batch of pairs to its longest."""
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    encoded = tokenizer.encode_batch(texts)
    tokenizer.no_padding()
    columns = ([e.ids for e in encoded], [e.attention_mask for e in encoded], [e.type_ids for e in encoded])
    return {name: torch.tensor(column) for name, column in zip(INPUTS, columns)}


def train(tokenizer: Tokenizer, args: argparse.Namespace) -> BertForSequenceClassification:
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=LONGEST,
        hidden_dropout_prob=0.05,
        attention_probs_dropout_prob=0.0,
        id2label=dict(enumerate(corpus.LABELS)),
        label2id={label: n for n, label in enumerate(corpus.LABELS)},
        attn_implementation="eager",
        architectures=["BertForSequenceClassification"],
    )
    model = BertForSequenceClassification(config)
    optimizer = torch.optim.AdamW(model.parameters(), args.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, args.steps, pct_start=0.1)
    source, begun, right, seen = pairs(args.seed), time.monotonic(), 0, 0
    for step in range(1, args.steps + 1):
        batch = [next(source) for _ in range(args.batch)]
        labels = torch.tensor([label for *_, label in batch])
        output = model(**encode(tokenizer, [(premise, claim) for premise, claim, _ in batch]), labels=labels)
        optimizer.zero_grad()
        output.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        right, seen = right + (output.logits.argmax(1) == labels).sum().item(), seen + len(batch)
        if step % 200 == 0:
            print(f"step {step}: {right / seen:.3f} right, {time.monotonic() - begun:.0f} s", flush=True)
            right, seen = 0, 0
    return model.eval()


@torch.no_grad()
def measure(tokenizer: Tokenizer, model: BertForSequenceClassification) -> None:
    """Prints how many held-out sentences are of the right kind, and how many commands of the right intent."""
    descriptions = {corpus.WANTS.format(about[0][0]): intent for intent, about in corpus.INTENTS.items()}
    kinds, intents, commands, rows = 0, 0, 0, heldout()
    for row in rows:
        entailed = lambda claims: model(**encode(tokenizer, [(row["text"], c) for c in claims])).logits[:, 2]
        kind = list(corpus.KINDS)[int(entailed(list(corpus.KINDS.values())).argmax())]
        intent = descriptions[list(descriptions)[int(entailed(list(descriptions)).argmax())]]
        kinds += kind == row["kind"]
        commands += row["kind"] == "command"
        intents += intent == row["intent"]
        if kind != row["kind"] or row["intent"] not in ("", intent):
            print(f"  {row['text']!r}: {kind}, {intent}")
    print(f"held out: kind {kinds}/{len(rows)}, intent {intents}/{commands}")


def export(tokenizer: Tokenizer, model: BertForSequenceClassification, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    model.config.to_json_file(out / "config.json")
    example = encode(tokenizer, [("turn on the light", "this person"), ("hello", "this")])
    axes = {name: {0: "batch", 1: "length"} for name in INPUTS} | {"logits": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            tuple(example[name] for name in INPUTS),
            str(out / "model.onnx"),
            input_names=INPUTS,
            output_names=["logits"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.parents[2] / "fixtures/models/nli-micro")
    parser.add_argument("--weights", type=Path, help="also save the weights for transformers here")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    tokenizer = build_tokenizer(args.seed)
    model = train(tokenizer, args)
    measure(tokenizer, model)
    export(tokenizer, model, args.out)
    if args.weights:
        model.save_pretrained(args.weights)


if __name__ == "__main__":
    main()
