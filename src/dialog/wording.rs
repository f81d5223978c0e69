//! The evidence of the words so far for the end of the turn.

use super::endpoint::TurnWording;
use super::words::{Phrases, normal};
use crate::config::TurnConfig;

/// Marks that the recogniser writes where a sentence breaks off.
const BROKEN_OFF: [char; 4] = [',', '…', '-', '–'];

/// The result of the commands' grammar for the words so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandWords {
    /// They are only the beginning of a command.
    pub half: bool,
    /// They are a whole command that nothing can follow.
    pub whole: bool,
}

/// The lists of words that matter for the end of a turn.
#[derive(Clone, Debug)]
pub struct TurnLists {
    stop: Phrases,
    answers: Phrases,
    promises: Phrases,
}

impl TurnLists {
    /// The lists of the config.
    pub fn new(turn: &TurnConfig) -> Self {
        let [stop, answers, promises] =
            [&turn.stop_phrases, &turn.answers, &turn.promises].map(|list| Phrases::new(list));
        Self { stop, answers, promises }
    }

    /// Whether `said` ([`normal`]) has only stop phrases.
    pub fn stops(&self, said: &[String]) -> bool {
        self.stop.cover(said)
    }

    /// The evidence of `words`; half a command waits `unfinished_ms`.
    pub fn wording(&self, words: &str, command: CommandWords, unfinished_ms: u64) -> TurnWording {
        let (said, text) = (normal(words), words.trim_end());
        if command.half {
            TurnWording::Half(unfinished_ms)
        } else if command.whole || self.answers.cover(&said) || self.stops(&said) {
            TurnWording::Whole
        } else if text.ends_with(BROKEN_OFF) || text.ends_with("...") || self.promises.end(&said) {
            TurnWording::Promising
        } else {
            TurnWording::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(words: &str) -> TurnWording {
        TurnLists::new(&TurnConfig::default()).wording(words, CommandWords::default(), 1_200)
    }

    #[test]
    fn the_end_of_the_words_says_whether_more_is_to_come() {
        for words in ["I would like a coffee and", "It is because…", "the red one,", "я бы хотел чай и", "Well, um..."]
        {
            assert_eq!(wording(words), TurnWording::Promising, "{words}");
        }
        for words in ["Yes.", "No, thanks!", "okay please", "да", "Хорошо.", "stop"] {
            assert_eq!(wording(words), TurnWording::Whole, "{words}");
        }
        for words in ["", "what time is it", "yes I think so", "turn it on", "что это"] {
            assert_eq!(wording(words), TurnWording::Open, "{words}");
        }
    }

    #[test]
    fn the_grammar_goes_before_the_lists() {
        let lists = TurnLists::new(&TurnConfig::default());
        let half = CommandWords { half: true, whole: false };
        assert_eq!(lists.wording("yes", half, 1_200), TurnWording::Half(1_200));
        let whole = CommandWords { half: false, whole: true };
        assert_eq!(lists.wording("what is it about the", whole, 1_200), TurnWording::Whole);
    }
}
