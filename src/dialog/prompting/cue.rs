//! The spoken cues of the prompter: "next", "back".

use crate::dialog::words::{Phrases, normal};

/// A request to the prompter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptCue {
    /// Show the next thesis.
    Next,
    /// Show the thesis before.
    Back,
}

const NEXT: [&str; 9] =
    ["next", "next one", "go on", "next point", "дальше", "далее", "следующий", "следующая", "следующий тезис"];
const BACK: [&str; 5] = ["back", "go back", "previous", "назад", "предыдущий"];

/// The phrases of the cues.
#[derive(Clone, Debug)]
pub struct PromptCues {
    next: Phrases,
    back: Phrases,
}

impl Default for PromptCues {
    fn default() -> Self {
        let list = |phrases: &[&str]| Phrases::new(&phrases.iter().map(ToString::to_string).collect::<Vec<_>>());
        Self { next: list(&NEXT), back: list(&BACK) }
    }
}

impl PromptCues {
    /// The cue in `text`, if `text` is nothing else: otherwise talk about "the next step" would turn the page.
    pub fn of(&self, text: &str) -> Option<PromptCue> {
        let words = normal(text);
        match (self.next.cover(&words), self.back.cover(&words)) {
            (true, _) => Some(PromptCue::Next),
            (_, true) => Some(PromptCue::Back),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cue_stands_alone() {
        let cues = PromptCues::default();
        for text in ["Next.", "next, please", "Дальше!", "Следующий тезис.", "Дальше, пожалуйста."]
        {
            assert_eq!(cues.of(text), Some(PromptCue::Next), "{text}");
        }
        assert_eq!(cues.of("Назад"), Some(PromptCue::Back));
        for text in ["The next step is hard.", "Дальше мы поедем в Казань.", "", "Back in time"] {
            assert_eq!(cues.of(text), None, "{text}");
        }
    }
}
