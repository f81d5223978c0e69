//! The reading of an answer as yes or no. An unclear answer is a no.

use crate::message::Consent;

/// Words of assent, alone or among [`POLITE`] words.
const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "sure",
    "ok",
    "okay",
    "affirmative",
    "confirm",
    "confirmed",
    "certainly",
    "definitely",
    "absolutely",
    "go ahead",
    "do it",
    "do that",
    "of course",
    "yes do",
    "i am sure",
    "i'm sure",
    "please do",
    "да",
    "ага",
    "конечно",
    "давай",
    "давайте",
    "подтверждаю",
    "разумеется",
    "хорошо",
    "ладно",
    "выполняй",
    "делай",
    "сделай",
    "уверен",
    "уверена",
    "согласен",
    "согласна",
];
/// Words that may stand beside a word of assent and mean nothing alone.
const POLITE: &[&str] = &[
    "please",
    "golem",
    "do",
    "so",
    "it",
    "that",
    "i",
    "am",
    "thanks",
    "thank",
    "you",
    "пожалуйста",
    "голем",
    "это",
    "спасибо",
    "я",
    "сделай",
];

impl Consent {
    /// Judges an answer. It is a yes if it has a word of assent and otherwise only words of assent and politeness. A
    /// word of refusal anywhere makes it a no.
    ///
    /// "Yes please", "go ahead", "да, давай" are a yes; "yes but not now" is a no, "yes open the browser" and silence
    /// are neither.
    pub fn of(answer: &str) -> Self {
        let words = words(answer);
        if (0..words.len()).any(|at| begins_with(&words[at..], NO).is_some()) {
            return Self::No;
        }
        let mut rest = words.as_slice();
        let mut assented = false;
        while !rest.is_empty() {
            let yes = begins_with(rest, YES);
            assented |= yes.is_some();
            match yes.or_else(|| begins_with(rest, POLITE)) {
                Some(length) => rest = &rest[length..],
                None => return Self::Other,
            }
        }
        if assented { Self::Yes } else { Self::Other }
    }
}

/// Words of refusal, wherever they stand.
const NO: &[&str] = &[
    "no",
    "nope",
    "nah",
    "not",
    "don't",
    "dont",
    "do not",
    "never",
    "cancel",
    "stop",
    "abort",
    "negative",
    "forget it",
    "нет",
    "не",
    "неа",
    "отмена",
    "отмени",
    "отставить",
    "стоп",
    "никогда",
];

/// Lower-case words without punctuation.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let parts = lower.split(|letter: char| !(letter.is_alphanumeric() || letter == '\''));
    parts.filter(|word| !word.is_empty()).map(str::to_string).collect()
}

/// Number of words in the longest of `phrases` that `words` begin with.
fn begins_with(words: &[String], phrases: &[&str]) -> Option<usize> {
    let length = |phrase: &&str| {
        let parts: Vec<&str> = phrase.split(' ').collect();
        (words.len() >= parts.len() && parts.iter().zip(words).all(|(part, word)| part == word)).then_some(parts.len())
    };
    phrases.iter().filter_map(length).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        let yes = [
            "yes",
            "Yes.",
            "yes please",
            "Yeah, go ahead!",
            "go ahead",
            "do it",
            "please do it",
            "of course",
            "I'm sure",
            "yes yes yes",
            "OK do it golem",
            "да",
            "Да, давай!",
            "давай",
            "да, пожалуйста",
            "конечно, сделай это",
        ];
        for answer in yes {
            assert_eq!(Consent::of(answer), Consent::Yes, "{answer}");
        }
        let no = [
            "no",
            "cancel",
            "stop",
            "No, thanks.",
            "yes but not now",
            "yes no",
            "no yes",
            "not yes",
            "don't do it",
            "нет",
            "не надо",
            "да нет",
            "отмена",
            "не давай",
        ];
        for answer in no {
            assert_eq!(Consent::of(answer), Consent::No, "{answer}");
        }
        let other = [
            "",
            "  ",
            "yes open the browser",
            "maybe",
            "please",
            "do",
            "I am",
            "yesterday",
            "пожалуйста",
            "hmm",
            "did you say yes",
            "they said yes",
        ];
        for answer in other {
            assert_eq!(Consent::of(answer), Consent::Other, "{answer}");
        }
    }
}
