//! The labels of a model from its `config.json`, and the probabilities computed from its logits.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// The parts of `config.json` that are needed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct NliConfig {
    id2label: Option<BTreeMap<String, String>>,
    label2id: Option<BTreeMap<String, usize>>,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<i64>,
}

/// Most tokens of a pair: longer ones take too much time, whatever the model could read.
const LONGEST: usize = 512;
/// Smallest window, in tokens, that can hold a pair.
const SHORTEST: usize = 16;
/// Positions that RoBERTa and its kin count but do not use.
const UNUSED: usize = 2;

impl NliConfig {
    /// Reads `config.json`.
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// Most tokens of a pair.
    pub(super) fn window(&self) -> usize {
        self.max_position_embeddings.map_or(LONGEST, |most| most.saturating_sub(UNUSED)).clamp(SHORTEST, LONGEST)
    }

    /// The token that fills up short pairs. It is masked, so its value does not matter.
    pub(super) fn padding(&self) -> i64 {
        self.pad_token_id.unwrap_or(0)
    }

    /// Finds the labels' meaning.
    ///
    /// # Errors
    /// When no label means entailment.
    pub(super) fn labels(&self) -> Result<Labels, String> {
        Labels::of(self.names()?)
    }

    /// The labels in order of their ids; without any, the three default names of transformers.
    fn names(&self) -> Result<Vec<String>, String> {
        let by_id: BTreeMap<usize, String> = match (&self.id2label, &self.label2id) {
            (Some(labels), _) => {
                let number = |id: &str| id.parse().map_err(|_| format!("id2label has the id \"{id}\", not a number"));
                labels.iter().map(|(id, label)| Ok((number(id)?, label.clone()))).collect::<Result<_, String>>()?
            }
            (None, Some(ids)) => ids.iter().map(|(label, id)| (*id, label.clone())).collect(),
            (None, None) => (0..3).map(|n| (n, format!("LABEL_{n}"))).collect(),
        };
        if by_id.keys().copied().eq(0..by_id.len()) {
            return Ok(by_id.into_values().collect());
        }
        Err(format!("its labels have the ids {:?}, not 0 to {}", by_id.keys(), by_id.len().saturating_sub(1)))
    }
}

/// The labels of a model.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Labels {
    names: Vec<String>,
    entailment: usize,
    contradiction: usize,
}

impl Labels {
    /// Finds entailment and contradiction among `names`. Labels without meaning (`LABEL_0` …) are taken in the order of
    /// MNLI, as the zero-shot pipeline of transformers does: contradiction first, entailment last.
    fn of(names: Vec<String>) -> Result<Self, String> {
        let starts = |with: &str| names.iter().position(|name| name.to_lowercase().starts_with(with));
        let nameless = names.iter().all(|name| name.strip_prefix("LABEL_").unwrap_or(name).parse::<usize>().is_ok());
        let last = names.len().saturating_sub(1);
        let entailment = starts("entail").or(nameless.then_some(last)).filter(|_| names.len() > 1);
        let Some(entailment) = entailment else {
            return Err(format!("its labels {names:?} name no entailment: it was not trained for language inference"));
        };
        let other = if entailment == 0 { last } else { 0 };
        let contradiction = starts("contra").or(starts("not")).unwrap_or(other);
        Ok(Self { names, entailment, contradiction })
    }

    /// Number of labels.
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// The probability of each hypothesis from its logits, one value a label. It is the softmax of entailment over all
    /// hypotheses. For `multi_label`, and for a single hypothesis, it is entailment against contradiction.
    pub(super) fn probabilities(&self, logits: &[Vec<f32>], multi_label: bool) -> Vec<f32> {
        if multi_label || logits.len() == 1 {
            let odds = |row: &Vec<f32>| softmax(&[row[self.contradiction], row[self.entailment]])[1];
            return logits.iter().map(odds).collect();
        }
        softmax(&logits.iter().map(|row| row[self.entailment]).collect::<Vec<_>>())
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} labels, entailment is {}", self.names.len(), self.names[self.entailment])
    }
}

/// Values in 0..=1 that sum to 1.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(json: &str) -> Result<(usize, usize), String> {
        NliConfig::parse(json)?.labels().map(|labels| (labels.entailment, labels.contradiction))
    }

    #[test]
    fn entailment_is_found_in_any_order_and_case() {
        let bart = r#"{"id2label": {"0": "contradiction", "1": "neutral", "2": "entailment"}}"#;
        let deberta = r#"{"id2label": {"2": "CONTRADICTION", "1": "NEUTRAL", "0": "ENTAILMENT"}}"#;
        let ids = r#"{"label2id": {"Neutral": 0, "Entailment": 1, "Contradiction": 2}}"#;
        let two = r#"{"id2label": {"0": "entailment", "1": "not_entailment"}}"#;
        let nameless = r#"{"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}"#;
        let pairs =
            [(bart, (2, 0)), (deberta, (0, 2)), (ids, (1, 2)), (two, (0, 1)), (nameless, (2, 0)), ("{}", (2, 0))];
        for (json, expected) in pairs {
            assert_eq!(labels(json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn other_classifiers_are_refused() {
        for json in [
            r#"{"id2label": {"0": "NEGATIVE", "1": "POSITIVE"}}"#,
            r#"{"id2label": {"0": "entailment"}}"#,
            r#"{"id2label": {"0": "entailment", "2": "contradiction"}}"#,
            r#"{"id2label": {"zero": "entailment", "1": "contradiction"}}"#,
            r#"{"id2label": {}}"#,
            "[]",
            "",
        ] {
            assert!(labels(json).is_err(), "{json}");
        }
    }

    #[test]
    fn windows_stay_within_reason() {
        let window = |json: &str| NliConfig::parse(json).unwrap().window();
        assert_eq!(window(r#"{"max_position_embeddings": 514}"#), 512);
        assert_eq!(window(r#"{"max_position_embeddings": 1024}"#), 512);
        assert_eq!((window(r#"{"max_position_embeddings": 0}"#), window("{}")), (16, 512));
    }

    #[test]
    fn probabilities_are_among_each_other_or_each_alone() {
        let labels = Labels::of(vec!["contradiction".into(), "neutral".into(), "entailment".into()]).unwrap();
        let logits = [vec![0.0, 9.0, 1.0], vec![0.0, -9.0, 1.0]];
        assert_eq!(labels.probabilities(&logits, false), [0.5, 0.5]);
        let alone = labels.probabilities(&logits, true);
        assert!(alone.iter().all(|p| (p - 0.731_058_6).abs() < 1e-6), "{alone:?}");
        assert_eq!(labels.probabilities(&logits[..1], false), alone[..1]);
        assert!(labels.probabilities(&[], false).is_empty());
    }
}
