//! Words without case and punctuation, the marks at the end of a text, and the short phrases that count over a reply.

/// Phrases that may stand beside any other: golem's name, and politeness.
const COURTESIES: [&str; 7] = ["golem", "please", "thanks", "thank you", "голем", "пожалуйста", "спасибо"];

/// The words of `text` in lower case without punctuation; apostrophes stay inside words, hyphens separate them.
pub fn normal(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == '-' || c == '–' || c == '—')
        .map(|word| {
            let kept = word.chars().filter(|c| c.is_alphanumeric() || *c == '\'' || *c == '’');
            kept.flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect::<String>()
        })
        .map(|word| word.trim_matches('\'').to_string())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The marks of `text` after its last letter or digit, spaces and emoji among them.
pub fn final_marks(text: &str) -> &str {
    text.rsplit(char::is_alphanumeric).next().unwrap_or(text)
}

/// Whether `text` ends with a question. Quotes, brackets, dashes and emoji may follow its question mark.
pub fn asks(text: &str) -> bool {
    final_marks(text).contains(['?', '？'])
}

/// Length of `phrase`, whose words are separated by single spaces, if `words` begin with it.
fn begun(words: &[String], phrase: &str) -> Option<usize> {
    let length = phrase.split(' ').count();
    let head = words.get(..length)?;
    phrase.split(' ').eq(head.iter().map(String::as_str)).then_some(length)
}

/// A list of phrases, prepared for comparison.
#[derive(Clone, Debug)]
pub struct Phrases(Vec<Vec<String>>);

impl Phrases {
    /// Phrases as written in the config.
    pub fn new(phrases: &[String]) -> Self {
        let mut list: Vec<_> = phrases.iter().map(|phrase| normal(phrase)).filter(|p| !p.is_empty()).collect();
        list.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        Self(list)
    }

    /// Whether `words` are only these phrases, one or several, with or without politeness or golem's name.
    pub fn cover(&self, words: &[String]) -> bool {
        self.cover_beside(&[], words)
    }

    /// Whether `words` are only these phrases, one or several, with or without politeness, golem's name, or phrases of
    /// `beside`: lower-case words that are separated by single spaces.
    pub fn cover_beside(&self, beside: &[&str], words: &[String]) -> bool {
        let (mut rest, mut found) = (words, false);
        while !rest.is_empty() {
            let phrase = self.0.iter().find(|phrase| rest.starts_with(phrase)).map(Vec::len);
            found |= phrase.is_some();
            let skipped = || COURTESIES.iter().chain(beside).find_map(|other| begun(rest, other));
            let Some(length) = phrase.or_else(skipped) else { return false };
            rest = &rest[length..];
        }
        found
    }

    /// Whether `words` end with one of these phrases.
    pub fn end(&self, words: &[String]) -> bool {
        self.0.iter().any(|phrase| words.ends_with(phrase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_cover_repetitions_names_and_punctuation() {
        let stop = Phrases::new(&["stop".into(), "that's enough".into(), "uh-huh".into()]);
        assert!(stop.cover(&normal("Stop! Stop, please.")));
        assert!(stop.cover(&normal("Golem, that’s enough.")));
        assert!(stop.cover(&normal("uh huh")));
        assert!(!stop.cover(&normal("stop the music")));
        assert!(!stop.cover(&normal("please")));
        assert!(!stop.cover(&[]));
    }

    #[test]
    fn politeness_is_left_out_in_both_languages_wherever_it_stands() {
        let stop = Phrases::new(&["стоп".into(), "enough".into(), "пожалуйста хватит".into()]);
        for text in ["Стоп, пожалуйста.", "Голем, пожалуйста, стоп!", "Пожалуйста, хватит.", "Enough, thank you."]
        {
            assert!(stop.cover(&normal(text)), "{text}");
        }
        for text in ["Пожалуйста.", "Thank you.", "Thank them, enough.", "Стоп, пожалуй."] {
            assert!(!stop.cover(&normal(text)), "{text}");
        }
    }

    #[test]
    fn phrases_beside_others_count_only_with_them() {
        let stop = Phrases::new(&["stop".into()]);
        let covers = |text| stop.cover_beside(&["no", "all right"], &normal(text));
        assert!(covers("No, no, stop.") && covers("All right, golem, stop") && covers("Stop! No!"));
        assert!(!covers("No.") && !covers("No, don't stop.") && !covers("All of you, stop") && !covers(""));
    }

    #[test]
    fn a_question_is_one_whatever_follows_its_mark() {
        for text in
            ["How are you today? 😊", "He said: \"Why?\"", "(Or is it?)", "**Which one?**", "Which one? —", "何？"]
        {
            assert!(asks(text), "{text}");
        }
        for text in ["", "?!...a", "Why? I see.", "I see! 😊", "Which one —"] {
            assert!(!asks(text), "{text}");
        }
    }

    #[test]
    fn a_phrase_is_found_at_the_end_only() {
        let promises = Phrases::new(&["and".into(), "because of".into()]);
        assert!(promises.end(&normal("Bread and")) && promises.end(&normal("It is because of…")));
        assert!(!promises.end(&normal("and bread")) && !promises.end(&normal("of")) && !promises.end(&[]));
    }
}
