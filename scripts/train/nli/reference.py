"""Write what transformers' zero-shot-classification pipeline makes of the held-out sentences.

Every sentence is classed among the three kinds (single label), every command among all intents as
well (multi label). Each case holds the raw logits and the pipeline's probabilities, in the order of
the hypotheses, and the index of the true one. Weights as `train.py --weights` saves them.
"""

import argparse
import json
from pathlib import Path

import corpus
import torch
from train import heldout
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

SPECIALS = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}


@torch.no_grad()
def case(classify, text: str, claims: list[str], truth: int, multi: bool) -> dict:
    answer = classify(text, claims, hypothesis_template="{}", multi_label=multi)
    scores = dict(zip(answer["labels"], answer["scores"]))
    pairs = classify.tokenizer([text] * len(claims), claims, padding=True, return_tensors="pt")
    return {
        "text": text,
        "hypotheses": claims,
        "multi_label": multi,
        "logits": [[round(x, 6) for x in row] for row in classify.model(**pairs).logits.tolist()],
        "probabilities": [round(scores[claim], 6) for claim in claims],
        "truth": truth,
    }


def main() -> None:
    root = Path(__file__).parents[3] / "fixtures"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=root / "models/nli-micro", help="where tokenizer.json is")
    parser.add_argument("--out", type=Path, default=root / "parity/nli.json")
    args = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(args.model / "tokenizer.json"), **SPECIALS)
    tokenizer.model_input_names = ["input_ids", "attention_mask", "token_type_ids"]
    model = BertForSequenceClassification.from_pretrained(args.weights).eval()
    classify = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer, device="cpu")
    kinds, intents = list(corpus.KINDS), list(corpus.INTENTS)
    wants = [corpus.WANTS.format(corpus.INTENTS[intent][0][0]) for intent in intents]
    cases = []
    for row in heldout():
        kind = kinds.index(row["kind"])
        cases.append(case(classify, row["text"], list(corpus.KINDS.values()), kind, multi=False))
        if row["intent"]:
            cases.append(case(classify, row["text"], wants, intents.index(row["intent"]), multi=True))
    args.out.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases in {args.out}")


if __name__ == "__main__":
    main()
