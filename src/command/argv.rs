//! Patterns of arguments: placeholders are filled, and a spoken value never becomes more than one argument.

use std::fmt;

use super::address;
use crate::intent::Slots;
use crate::phrases::Failure;

/// Longest value of a slot in characters; the rest is cut off. No program needs more than is said in one breath.
pub const LONGEST_VALUE: usize = 200;

/// Why a slot's value may not be handed to a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sentence did not fill this slot.
    #[error("the sentence says nothing for {{{0}}}")]
    Missing(String),
    /// The value does not fit its place.
    #[error("{0}")]
    Unfit(Failure),
}

/// The way a spoken word is put into an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArgumentFilling {
    /// Unchanged.
    #[default]
    AsItIs,
    /// As part of a path below a folder, which it may not leave.
    Beneath,
    /// As part of an address after the host: encoded, and without `.` or `..` as a path part.
    Encoded,
}

/// Literal text, or the name of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ArgumentPiece {
    Text(String),
    Slot(String),
}

/// Text with placeholders: `--volume={percent}`. `{{percent}}` is the text `{percent}`. Braces around anything but a
/// name are text, so that JSON needs no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(Vec<ArgumentPiece>);

impl Pattern {
    /// Reads `text`; every text is a valid pattern.
    pub fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            literal.push_str(&rest[..start]);
            rest = &rest[start..];
            if let Some(name) = name_in(rest.strip_prefix('{').and_then(|inner| inner.strip_prefix('{')), "}}") {
                literal.push_str(&rest[1..name.len() + 3]);
                rest = &rest[name.len() + 4..];
            } else if let Some(name) = name_in(rest.strip_prefix('{'), "}") {
                if !literal.is_empty() {
                    pieces.push(ArgumentPiece::Text(std::mem::take(&mut literal)));
                }
                pieces.push(ArgumentPiece::Slot(name.to_string()));
                rest = &rest[name.len() + 2..];
            } else {
                literal.push('{');
                rest = &rest[1..];
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(ArgumentPiece::Text(literal));
        }
        Self(pieces)
    }

    /// Names of its placeholders.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            ArgumentPiece::Slot(name) => Some(name.as_str()),
            ArgumentPiece::Text(_) => None,
        })
    }

    /// The text, if it has no placeholder.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [ArgumentPiece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text before the first placeholder.
    pub fn head(&self) -> &str {
        match self.0.first() {
            Some(ArgumentPiece::Text(text)) => text,
            _ => "",
        }
    }

    /// The text before the first placeholder whose name is `open`, with `x` for the other placeholders; `None` if no
    /// placeholder is open.
    pub fn before(&self, open: impl Fn(&str) -> bool) -> Option<String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                ArgumentPiece::Text(literal) => text.push_str(literal),
                ArgumentPiece::Slot(name) if open(name) => return Some(text),
                ArgumentPiece::Slot(_) => text.push('x'),
            }
        }
        None
    }

    /// The text with every slot's value in its place, encoded by `encode`.
    ///
    /// # Errors
    /// When a slot has no value, or one with control characters.
    pub fn fill(&self, slots: &Slots, encode: impl Fn(&str) -> String) -> Result<String, Refusal> {
        self.fill_after(slots, |_, value| encode(value))
    }

    /// As [`Pattern::fill`], but `encode` also gets the filled text before the value.
    fn fill_after(&self, slots: &Slots, encode: impl Fn(&str, &str) -> String) -> Result<String, Refusal> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                ArgumentPiece::Text(text) => filled.push_str(text),
                ArgumentPiece::Slot(name) => {
                    let written = encode(&filled, value(slots, name)?);
                    filled.push_str(&written);
                }
            }
        }
        Ok(filled)
    }

    /// The text with every slot's value in its place, encoded as `filling` requires.
    ///
    /// # Errors
    /// As [`Pattern::fill`], and when a value would leave the folder that the text names.
    fn fill_in(&self, slots: &Slots, filling: ArgumentFilling) -> Result<String, Refusal> {
        let filled = match filling {
            ArgumentFilling::AsItIs => return self.fill(slots, str::to_string),
            ArgumentFilling::Beneath => self.fill(slots, str::to_string)?,
            ArgumentFilling::Encoded => self.fill_after(slots, |before, value| {
                if address::is_behind_host(before) { address::encoded(value) } else { value.to_string() }
            })?,
        };
        if address::walks(&filled) && !address::walks(&self.placeholders()) {
            return Err(Refusal::Unfit(Failure::LeavesFolder { address: filled }));
        }
        Ok(filled)
    }

    /// The text with a letter in place of each placeholder.
    fn placeholders(&self) -> String {
        let letter = |piece: &ArgumentPiece| match piece {
            ArgumentPiece::Text(text) => text.clone(),
            ArgumentPiece::Slot(_) => "x".to_string(),
        };
        self.0.iter().map(letter).collect()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            ArgumentPiece::Text(text) => out.write_str(text),
            ArgumentPiece::Slot(name) => write!(out, "{{{name}}}"),
        })
    }
}

/// Fills each pattern in its own way and returns as many arguments as there are patterns, whatever the slots hold. The
/// first `fixed` patterns are the program and its wrappers: a `--` among them does not protect later arguments.
///
/// # Errors
/// When a slot is missing, has control characters, would be taken for an option, or leaves its place.
pub fn fill(
    patterns: &[Pattern],
    fillings: &[ArgumentFilling],
    fixed: usize,
    slots: &Slots,
) -> Result<Vec<String>, Refusal> {
    let mut arguments = Vec::with_capacity(patterns.len());
    let mut guarded = false;
    for (index, pattern) in patterns.iter().enumerate() {
        let argument = pattern.fill_in(slots, fillings.get(index).copied().unwrap_or_default())?;
        if argument.starts_with('-') && !pattern.head().starts_with('-') && !guarded {
            return Err(Refusal::Unfit(Failure::LooksLikeOption { value: argument }));
        }
        guarded |= index >= fixed && pattern.literal() == Some("--");
        arguments.push(argument);
    }
    Ok(arguments)
}

/// A slot's value: at most [`LONGEST_VALUE`] characters, without control characters.
fn value<'a>(slots: &'a Slots, name: &str) -> Result<&'a str, Refusal> {
    let value = slots.get(name).ok_or_else(|| Refusal::Missing(name.to_string()))?.trim();
    let end = value.char_indices().nth(LONGEST_VALUE).map_or(value.len(), |(at, _)| at);
    let value = &value[..end];
    let control = || Refusal::Unfit(Failure::ControlCharacter { slot: name.to_string() });
    if value.chars().any(unsayable) { Err(control()) } else { Ok(value) }
}

/// Whether a letter is a control character, or a mark that makes a text look different: a line separator or a writing
/// direction.
fn unsayable(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The name at the start of `text`, up to `end`.
fn name_in<'a>(text: Option<&'a str>, end: &str) -> Option<&'a str> {
    let text = text?;
    let length = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    let begins_well = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    (begins_well && rest.starts_with(end)).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slots(pairs: &[(&str, &str)]) -> Slots {
        pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
    }

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::new(text)).collect()
    }

    #[test]
    fn braces_around_a_name_are_a_placeholder_and_all_others_are_text() {
        let fill = |text: &str| Pattern::new(text).fill(&slots(&[("a", "1"), ("b_2", "two")]), str::to_string);
        assert_eq!(fill("x{a}y{b_2}").unwrap(), "x1ytwo");
        assert_eq!(fill(r#"{"k": {"n": "{a}"}}"#).unwrap(), r#"{"k": {"n": "1"}}"#);
        assert_eq!(fill("{{a}} {} {a b} {1} {").unwrap(), "{a} {} {a b} {1} {");
        assert_eq!(fill("{missing}"), Err(Refusal::Missing("missing".into())));
        assert_eq!(Pattern::new("--x={a}").to_string(), "--x={a}");
    }

    #[test]
    fn a_value_that_begins_with_a_dash_needs_two_dashes_before_it() {
        let dash = slots(&[("a", "-rf"), ("b", "x")]);
        assert_eq!(
            fill(&patterns(&["ls", "{a}"]), &[], 1, &dash),
            Err(Refusal::Unfit(Failure::LooksLikeOption { value: "-rf".into() }))
        );
        assert_eq!(fill(&patterns(&["ls", "--", "{a}"]), &[], 1, &dash).unwrap(), ["ls", "--", "-rf"]);
        assert_eq!(fill(&patterns(&["ls", "--level={a}"]), &[], 1, &dash).unwrap(), ["ls", "--level=-rf"]);
        // A `--` of the wrapper, or a spoken one, protects nothing.
        assert!(fill(&patterns(&["env", "--", "ls", "{a}"]), &[], 3, &dash).is_err());
        assert!(fill(&patterns(&["ls", "{b}", "{a}"]), &[], 1, &slots(&[("a", "-x"), ("b", "--")])).is_err());
        // Blanks do not hide the dash.
        assert!(fill(&patterns(&["ls", "{a}"]), &[], 1, &slots(&[("a", "  -rf")])).is_err());
    }

    #[test]
    fn long_values_are_cut_between_letters_and_control_characters_are_refused() {
        let long = "щ".repeat(LONGEST_VALUE + 50);
        let filled = fill(&patterns(&["echo", "{a}"]), &[], 1, &slots(&[("a", &long)])).unwrap();
        assert_eq!(filled[1].chars().count(), LONGEST_VALUE);
        for bad in ["a\0b", "a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{7f}"] {
            assert!(fill(&patterns(&["echo", "{a}"]), &[], 1, &slots(&[("a", bad)])).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_value_stays_in_its_folder_and_behind_the_host() {
        let fill = |text: &str, value: &str, filling| Pattern::new(text).fill_in(&slots(&[("a", value)]), filling);
        assert_eq!(fill("/home/me/{a}.txt", "my notes", ArgumentFilling::Beneath).unwrap(), "/home/me/my notes.txt");
        assert!(fill("/home/me/{a}", "../../etc/passwd", ArgumentFilling::Beneath).is_err());
        assert_eq!(
            fill("https://h/{a}?q={a}", "a b&c", ArgumentFilling::Encoded).unwrap(),
            "https://h/a%20b%26c?q=a%20b%26c"
        );
        assert!(fill("https://h/x/{a}", "..", ArgumentFilling::Encoded).is_err());
        assert_eq!(fill("https://{a}/", "h.example", ArgumentFilling::Encoded).unwrap(), "https://h.example/");
    }

    proptest! {
        #[test]
        fn no_value_changes_the_number_of_arguments_or_any_other_argument(a in any::<String>(), b in "[-;$(){}`' a-z]{0,300}") {
            let patterns = patterns(&["prog", "fixed", "--", "{a}", "x{b}y"]);
            if let Ok(filled) = fill(&patterns, &[], 1, &slots(&[("a", &a), ("b", &b)])) {
                prop_assert_eq!(filled.len(), 5);
                prop_assert_eq!(&filled[..3], &["prog", "fixed", "--"]);
                prop_assert!(filled[3].chars().count() <= LONGEST_VALUE);
                prop_assert!(filled.iter().all(|argument| !argument.chars().any(char::is_control)));
            }
        }

        #[test]
        fn without_two_dashes_no_value_is_an_option(a in "[ -]{0,3}[a-z]{0,5}") {
            if let Ok(filled) = fill(&patterns(&["prog", "{a}"]), &[], 1, &slots(&[("a", &a)])) {
                prop_assert!(!filled[1].starts_with('-'));
            }
        }
    }
}
