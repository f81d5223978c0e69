//! Rules of verbalization: the look of a piece of text, and its words.

use regex::{Captures, Regex, RegexSet};

/// Marks that join figures to one expression that is no number: `1/2/3`, `10.0.0.1`, `12:30`.
const JOINERS: [char; 9] = ['.', ',', ':', '/', '-', '−', '–', '—', '\''];

/// Where a rule looks: the whole text, what it matched, and what is around it.
pub(super) struct RulePlace<'a> {
    /// Everything before the match.
    pub before: &'a str,
    /// Everything after it.
    pub after: &'a str,
}

impl<'a> RulePlace<'a> {
    /// The word before the match, without the marks around it; empty at the beginning or after the end of a sentence.
    pub(super) fn word_before(&self) -> &'a str {
        let word = self.before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
        if word.ends_with(['!', '?', ';', ':', ',']) { "" } else { word.trim_matches(|c: char| !c.is_alphanumeric()) }
    }

    /// The word after the match, without the marks around it.
    pub(super) fn word_after(&self) -> &'a str {
        let word = self.after.split_whitespace().next().unwrap_or_default();
        word.trim_matches(|c: char| !c.is_alphanumeric())
    }

    /// A full stop where the one that belongs to an abbreviation also ends the text.
    pub(super) fn stop(&self) -> &'static str {
        let rest = self.after.trim_start_matches(['"', '\'', '”', '’', '»', ')', ']']);
        if rest.trim().is_empty() { "." } else { "" }
    }

    /// The same, or where a new sentence seems to begin.
    pub(super) fn stop_or_sentence(&self) -> &'static str {
        let next = self.after.trim_start().chars().next();
        if self.after.starts_with(char::is_whitespace) && next.is_some_and(char::is_uppercase) {
            "."
        } else {
            self.stop()
        }
    }
}

/// How a match is said; `None` where it is not sure.
pub(super) type Say = fn(&Captures, &RulePlace) -> Option<String>;

/// What something looks like, and how it is said.
pub(super) struct Rule {
    pattern: String,
    looks: Option<Regex>,
    say: Say,
}

/// Rules of a language, the more particular ones first.
pub(super) struct SpeechRules {
    rules: Vec<Rule>,
    /// All their patterns at once: for most places in a text, one match shows that no rule applies.
    any: RegexSet,
}

impl SpeechRules {
    pub(super) fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let rules: Vec<Rule> = rules.into_iter().filter(|rule| rule.looks.is_some()).collect();
        let any = RegexSet::new(rules.iter().map(|rule| &rule.pattern)).unwrap_or_default();
        Self { rules, any }
    }

    /// The first rule that knows how to say what begins at byte `at` of `text`.
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

/// What was found and how it is said.
pub(super) struct RuleReading {
    /// Bytes of the text.
    pub length: usize,
    /// What is said instead.
    pub words: String,
}

/// A rule for what begins like `pattern`. (A pattern that is wrong matches nothing; a test sees to it that none is.)
pub(super) fn rule(pattern: &str, say: Say) -> Rule {
    // Digits are those of ASCII: no others can be read.
    let pattern = format!("^(?:{})", pattern.replace(r"\d", "[0-9]"));
    Rule { looks: Regex::new(&pattern).ok(), pattern, say }
}

/// Whether something can begin at byte `at`: not in the middle of a word, a number or an address.
pub(super) fn starts(text: &str, at: usize) -> bool {
    let mut back = text[..at].chars().rev();
    let Some(last) = back.next() else { return true };
    if last.is_alphanumeric() || matches!(last, '_' | '@' | '\\' | '/') {
        // Signs may follow a word, words and numbers not.
        return last.is_alphanumeric()
            && !text[at..].starts_with(|c: char| c.is_alphanumeric() || JOINERS.contains(&c));
    }
    let digit_next = text[at..].starts_with(|c: char| c.is_ascii_digit());
    !(digit_next && JOINERS.contains(&last) && back.next().is_some_and(|c| c.is_ascii_digit()))
}

/// Whether what was matched ends before `after`: not in the middle of a word, a number or an address.
fn ends(matched: &str, after: &str) -> bool {
    let mut next = after.chars();
    let Some(c) = next.next() else { return true };
    if !matched.ends_with(char::is_alphanumeric) {
        return true;
    }
    let joined = JOINERS.contains(&c) && next.next().is_some_and(|c| c.is_ascii_digit());
    !(c.is_alphanumeric() || c == '_' || c == '@' || joined)
}

/// The text of a group; empty where it took no part.
pub(super) fn group<'a>(found: &'a Captures, name: &str) -> &'a str {
    found.name(name).map_or("", |group| group.as_str())
}
