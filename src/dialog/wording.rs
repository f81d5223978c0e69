//! The evidence of the words so far for the end of the turn.

use super::endpoint::TurnWording;
use super::words::{Phrases, final_marks, normal};
use crate::config::TurnConfig;

/// Marks that the recogniser writes where a sentence breaks off.
const BROKEN_OFF: [char; 5] = [',', '…', '-', '–', '—'];
/// Marks of questions and exclamations: such a sentence is whole, whatever its last word is.
const ENDED: [char; 4] = ['?', '!', '？', '！'];
/// Phrases that may stand beside a stop phrase and mean nothing without it. A yes is not among them: with it, "enough"
/// answers a question.
const BESIDE_STOP: &[&str] = &[
    "oh",
    "ah",
    "well",
    "no",
    "okay",
    "ok",
    "alright",
    "all right",
    "hey",
    "wait",
    "now",
    "right now",
    "ой",
    "ох",
    "ах",
    "ну",
    "нет",
    "всё",
    "все",
    "ладно",
    "хорошо",
    "окей",
    "эй",
    "подожди",
    "уже",
];

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

    /// Whether `said` ([`normal`]) has only stop phrases, and words that may stand beside them.
    pub fn stops(&self, said: &[String]) -> bool {
        self.stop.cover_beside(BESIDE_STOP, said)
    }

    /// The evidence of `words`; half a command waits `unfinished_ms`.
    pub fn wording(&self, words: &str, command: CommandWords, unfinished_ms: u64) -> TurnWording {
        let said = normal(words);
        if command.half {
            TurnWording::Half(unfinished_ms)
        } else if command.whole || self.answers.cover(&said) || self.stops(&said) {
            TurnWording::Whole
        } else if self.promises_more(final_marks(words), &said) {
            TurnWording::Promising
        } else {
            TurnWording::Open
        }
    }

    /// Whether the last of the words `said`, or the `marks` after it, announce more.
    fn promises_more(&self, marks: &str, said: &[String]) -> bool {
        let broken_off = marks.contains(BROKEN_OFF) || marks.contains("...");
        !marks.contains(ENDED) && (broken_off || self.promises.end(said))
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
        for words in [
            "I would like a coffee and",
            "It is because…",
            "the red one,",
            "я бы хотел чай и",
            "Well, um...",
            "I thought —",
            "He said \"because…\"",
            "Tell me about",
            "It was raining and so.",
            "Er, hmm.",
            "Я пришёл, а",
            "Это такое же, как",
            "Мне нравится, хотя",
            "Ну, эээ",
        ] {
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
    fn a_question_or_an_exclamation_is_whole_whatever_its_last_word_is() {
        for words in [
            "Where are you from?",
            "What is it for? ",
            "How old are they?\"",
            "Что?",
            "Look at her!",
            "What is it for？",
        ] {
            assert_eq!(wording(words), TurnWording::Open, "{words}");
        }
        assert_eq!(wording("Where are you from"), TurnWording::Promising);
    }

    #[test]
    fn everyday_answers_of_both_languages_are_whole() {
        for words in ["Maybe.", "Alright, continue.", "Bye!", "Окей, давай.", "Нет, не надо.", "Не знаю.", "Продолжай"]
        {
            assert_eq!(wording(words), TurnWording::Whole, "{words}");
        }
        for words in ["maybe tomorrow", "не знаю, что", "давай завтра", "continue the story"] {
            assert_ne!(wording(words), TurnWording::Whole, "{words}");
        }
    }

    #[test]
    fn everyday_stop_phrases_stop_and_their_opposites_do_not() {
        let lists = TurnLists::new(&TurnConfig::default());
        for words in [
            "No, stop.",
            "Oh, stop!",
            "Stop, please.",
            "Well, that's enough, thank you.",
            "All right, stop now.",
            "Стоп, пожалуйста.",
            "Нет, стоп.",
            "Всё, хватит.",
            "Ну хватит уже",
            "Голем, перестань!",
            "Ой, прекрати.",
            "Молчи",
            "Остановись, пожалуйста.",
        ] {
            assert!(lists.stops(&normal(words)), "{words}");
            assert_eq!(wording(words), TurnWording::Whole, "{words}");
        }
        for words in [
            "No, don't stop.",
            "Не останавливайся.",
            "Нет, не останавливайся!",
            "Не молчи.",
            "Stop the music.",
            "Oh, stop the music, please.",
            "Останови музыку.",
            "Да, хватит.",
            "No.",
            "Ну, всё.",
            "Please.",
        ] {
            assert!(!lists.stops(&normal(words)), "{words}");
        }
        // It is a command, which takes back the one before, and a refusal where golem asks.
        assert!(!lists.stops(&normal("Отмена.")));
        assert_eq!(wording("Отмена."), TurnWording::Whole);
    }

    #[test]
    fn words_that_only_show_attention_are_backchannels_and_answers_are_not() {
        let backchannels = Phrases::new(&TurnConfig::default().backchannels);
        for words in ["Hm.", "Aha, got it.", "Thank you.", "Ага-ага, ясно.", "Ну да", "Хм, окей.", "Хорошо, спасибо."]
        {
            assert!(backchannels.cover(&normal(words)), "{words}");
        }
        for words in ["Good.", "Ладно.", "Нет", "Okay, but why?", "Ну да, но почему?", "Please."] {
            assert!(!backchannels.cover(&normal(words)), "{words}");
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
