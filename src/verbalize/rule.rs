//! Rules of verbalization: a pattern of text, and its words.

use regex::{Captures, Regex, RegexSet};

/// Marks that join digits to an expression that is not a number: `1/2/3`, `10.0.0.1`, `12:30`.
const JOINERS: [char; 9] = ['.', ',', ':', '/', '-', '−', '–', '—', '\''];

/// The surroundings of a rule's match.
pub(super) struct RulePlace<'a> {
    /// The text before the match.
    pub before: &'a str,
    /// The text after it.
    pub after: &'a str,
}

impl<'a> RulePlace<'a> {
    /// The word before the match, without surrounding marks; empty at the beginning or after the end of a sentence.
    pub(super) fn word_before(&self) -> &'a str {
        let word = self.before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
        if word.ends_with(['!', '?', ';', ':', ',']) { "" } else { word.trim_matches(|c: char| !c.is_alphanumeric()) }
    }

    /// The word after the match, without surrounding marks.
    pub(super) fn word_after(&self) -> &'a str {
        let word = self.after.split_whitespace().next().unwrap_or_default();
        word.trim_matches(|c: char| !c.is_alphanumeric())
    }

    /// A full stop, if the one of the abbreviation also ends the text.
    pub(super) fn stop(&self) -> &'static str {
        let rest = self.after.trim_start_matches(['"', '\'', '”', '’', '»', ')', ']']);
        if rest.trim().is_empty() { "." } else { "" }
    }

    /// A full stop, if the one of the abbreviation also ends the text, or if a new sentence probably follows.
    pub(super) fn stop_or_sentence(&self) -> &'static str {
        let next = self.after.trim_start().chars().next();
        if self.after.starts_with(char::is_whitespace) && next.is_some_and(char::is_uppercase) {
            "."
        } else {
            self.stop()
        }
    }
}

/// Gives the words of a match; `None` if the match is doubtful.
pub(super) type Say = fn(&Captures, &RulePlace) -> Option<String>;

/// A pattern with the function for its words.
pub(super) struct Rule {
    pattern: String,
    looks: Option<Regex>,
    say: Say,
}

/// The rules of a language, the more specific ones first.
pub(super) struct SpeechRules {
    rules: Vec<Rule>,
    /// All patterns in one set: at most places of a text, one match shows that no rule applies.
    any: RegexSet,
}

impl SpeechRules {
    pub(super) fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let rules: Vec<Rule> = rules.into_iter().filter(|rule| rule.looks.is_some()).collect();
        let any = RegexSet::new(rules.iter().map(|rule| &rule.pattern)).unwrap_or_default();
        Self { rules, any }
    }

    /// The result of the first rule that can read the text from byte `at` on.
    pub(super) fn first(&self, text: &str, at: usize) -> Option<RuleReading> {
        self.any.matches(&text[at..]).into_iter().find_map(|n| self.rules.get(n)?.read(text, at))
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.any.len()
    }
}

impl Rule {
    fn read(&self, text: &str, at: usize) -> Option<RuleReading> {
        let found = self.looks.as_ref()?.captures(&text[at..])?;
        let matched = found.get(0)?.as_str();
        let place = RulePlace { before: &text[..at], after: &text[at + matched.len()..] };
        let whole = !matched.is_empty() && ends(matched, place.after);
        let words = (self.say)(&found, &place).filter(|_| whole)?;
        Some(RuleReading { length: matched.len(), words })
    }
}

/// The result of a rule.
pub(super) struct RuleReading {
    /// Length of the match in bytes.
    pub length: usize,
    /// The words that replace it.
    pub words: String,
}

/// Makes a rule for text that begins with `pattern`. (An invalid pattern matches nothing; a test makes sure that all
/// are valid.)
pub(super) fn rule(pattern: &str, say: Say) -> Rule {
    // Use ASCII digits: other digits cannot be read.
    let pattern = format!("^(?:{})", pattern.replace(r"\d", "[0-9]"));
    Rule { looks: Regex::new(&pattern).ok(), pattern, say }
}

/// Whether a match may begin at byte `at`: not in the middle of a word, a number or an address.
pub(super) fn starts(text: &str, at: usize) -> bool {
    let mut back = text[..at].chars().rev();
    let Some(last) = back.next() else { return true };
    if last.is_alphanumeric() || matches!(last, '_' | '@' | '\\' | '/') {
        // A sign may follow a word directly, a word or number may not.
        return last.is_alphanumeric()
            && !text[at..].starts_with(|c: char| c.is_alphanumeric() || JOINERS.contains(&c));
    }
    let digit_next = text[at..].starts_with(|c: char| c.is_ascii_digit());
    !(digit_next && JOINERS.contains(&last) && back.next().is_some_and(|c| c.is_ascii_digit()))
}

/// Whether a match may end before `after`: not in the middle of a word, a number or an address.
fn ends(matched: &str, after: &str) -> bool {
    let mut next = after.chars();
    let Some(c) = next.next() else { return true };
    if !matched.ends_with(char::is_alphanumeric) {
        return true;
    }
    let joined = JOINERS.contains(&c) && next.next().is_some_and(|c| c.is_ascii_digit());
    !(c.is_alphanumeric() || c == '_' || c == '@' || joined)
}

/// The text of a group; empty if it did not take part in the match.
pub(super) fn group<'a>(found: &'a Captures, name: &str) -> &'a str {
    found.name(name).map_or("", |group| group.as_str())
}
