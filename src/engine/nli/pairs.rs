//! Pairs of an utterance and a hypothesis, as token ids.

use tokenizers::{Encoding, Tokenizer, TruncationParams, TruncationStrategy};

use super::labels::NliConfig;

/// Possible inputs of a model, each `[pairs, tokens]` of `i64`: the token ids, 1 for each token that is not padding,
/// and 1 for each token of the second sentence.
pub(super) const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];

/// The tokeniser of a model.
pub(super) struct Pairs {
    tokenizer: Tokenizer,
    padding: i64,
}

/// Pairs of equal length.
pub(super) struct Batch {
    /// Number of pairs.
    pub(super) rows: usize,
    /// Tokens of each, padding included.
    pub(super) length: usize,
    /// The values of [`INPUTS`], row after row.
    pub(super) columns: [Vec<i64>; 3],
}

impl Pairs {
    /// Reads a `tokenizer.json`. The utterance is cut if a pair does not fit the model's window.
    pub(super) fn new(json: &str, config: &NliConfig) -> Result<Self, String> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        let truncation = TruncationParams {
            max_length: config.window(),
            strategy: TruncationStrategy::OnlyFirst,
            ..TruncationParams::default()
        };
        tokenizer.with_padding(None).with_truncation(Some(truncation)).map_err(|error| error.to_string())?;
        Ok(Self { tokenizer, padding: config.padding() })
    }

    /// The pairs of `text` with each of `hypotheses`, padded to the longest.
    pub(super) fn encode(&self, text: &str, hypotheses: &[String]) -> Result<Batch, String> {
        let encode = |hypothesis: &String| self.tokenizer.encode_fast((text, hypothesis.as_str()), true);
        let pairs: Vec<Encoding> = hypotheses
            .iter()
            .map(|hypothesis| encode(hypothesis).map_err(|error| format!("\"{hypothesis}\": {error}; shorten it")))
            .collect::<Result<_, _>>()?;
        let length = pairs.iter().map(Encoding::len).max().unwrap_or(0);
        let column = |values: fn(&Encoding) -> &[u32], padding: i64| {
            let row = |pair| {
                let values: &[u32] = values(pair);
                values.iter().map(|&value| i64::from(value)).chain(std::iter::repeat(padding)).take(length)
            };
            pairs.iter().flat_map(row).collect::<Vec<i64>>()
        };
        let columns = [
            column(Encoding::get_ids, self.padding),
            column(Encoding::get_attention_mask, 0),
            column(Encoding::get_type_ids, 0),
        ];
        Ok(Batch { rows: pairs.len(), length, columns })
    }
}
