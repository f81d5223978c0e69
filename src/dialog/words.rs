//! Words without case and punctuation, and the short phrases that count over a reply.

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

    /// Whether `words` are only these phrases, one or several, with or without a politeness or golem's name.
    pub fn cover(&self, words: &[String]) -> bool {
        let mut rest: Vec<_> =
            words.iter().filter(|word| !matches!(word.as_str(), "golem" | "please" | "голем")).collect();
        let mut found = false;
        while let Some(phrase) =
            self.0.iter().find(|p| p.len() <= rest.len() && p.iter().zip(&rest).all(|(a, b)| a == *b))
        {
            rest.drain(..phrase.len());
            found = true;
        }
        found && rest.is_empty()
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
    fn a_phrase_is_found_at_the_end_only() {
        let promises = Phrases::new(&["and".into(), "because of".into()]);
        assert!(promises.end(&normal("Bread and")) && promises.end(&normal("It is because of…")));
        assert!(!promises.end(&normal("and bread")) && !promises.end(&normal("of")) && !promises.end(&[]));
    }
}
