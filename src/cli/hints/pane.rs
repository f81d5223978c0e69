//! The pane of `golem hints --compact`: the newest question, its hint and the words that are being said, in a few rows.

use crate::cli::captions::lines::{newest, wrapped};

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HintPane {
    /// The newest question.
    pub question: String,
    /// As much of its hint as there is.
    pub hint: String,
    /// The hint was kept from an earlier question.
    pub kept: bool,
    /// The newest words.
    pub words: String,
}

/// Marks a hint that was kept.
const KEPT: &str = "= ";
/// Marks a hint.
const HINT: &str = "> ";

impl HintPane {
    /// The pane as exactly `rows` rows of at most `columns` characters: the hint in the middle has all that question and
    /// words leave it, and shows its end where it does not fit.
    pub fn rows(&self, columns: usize, rows: usize) -> Vec<String> {
        let question = (rows >= 3).then(|| format!("? {}", start(&self.question, columns.saturating_sub(2))));
        let words = (rows >= 2).then(|| newest(&self.words, columns).to_owned());
        let room = rows - usize::from(question.is_some()) - usize::from(words.is_some());
        let mark = if self.kept { KEPT } else { HINT };
        let text = if self.hint.is_empty() { String::new() } else { format!("{mark}{}", self.hint) };
        let mut hint = wrapped(&text, columns);
        hint.drain(..hint.len().saturating_sub(room));
        hint.resize(room, String::new());
        question.into_iter().chain(hint).chain(words).collect()
    }
}

/// The beginning of `text` that fits into so many columns.
fn start(text: &str, columns: usize) -> String {
    text.chars().take(columns).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pane() -> HintPane {
        HintPane {
            question: "What is a trait?".into(),
            hint: "An interface that types share.".into(),
            kept: false,
            words: "so what is a trait".into(),
        }
    }

    #[test]
    fn the_hint_has_the_rows_between_question_and_words() {
        assert_eq!(
            pane().rows(18, 4),
            ["? What is a trait?", "> An interface", "that types share.", "so what is a trait"]
        );
        assert_eq!(pane().rows(40, 1), ["> An interface that types share."]);
        assert_eq!(pane().rows(12, 3), ["? What is a t", "share.", "is a trait"].map(|row| &row[..row.len().min(12)]));
        let kept = HintPane { kept: true, ..pane() };
        assert!(kept.rows(40, 4)[1].starts_with(KEPT));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_never_larger_than_asked_for(
            question in "\\PC{0,40}", hint in "\\PC{0,80}", words in "\\PC{0,40}", columns in 3_usize..60, rows in 1_usize..9,
        ) {
            let drawn = HintPane { question, hint, kept: false, words }.rows(columns, rows);
            prop_assert_eq!(drawn.len(), rows);
            prop_assert!(drawn.iter().all(|row| row.chars().count() <= columns));
        }
    }
}
