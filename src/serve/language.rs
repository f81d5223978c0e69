//! The language of a client's speech: the one that it names, and the one that was heard.

use serde_json::Value;

use crate::engine::options::AsrOptions;
use crate::phrases::primary;

/// The setting that has the language detected.
const DETECTED: &str = "auto";

/// The options for speech in the language `one`; where a client names none (or `auto`), in `several`, of which the
/// likeliest is detected; where it names neither, in `usual`.
pub fn spoken(one: &str, several: &[String], usual: &str) -> AsrOptions {
    let one = one.trim();
    let several: Vec<String> = several.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    let (language, languages) = match &several[..] {
        _ if !one.is_empty() && !one.eq_ignore_ascii_case(DETECTED) => (one, Vec::new()),
        [] if one.is_empty() => (usual, Vec::new()),
        [first, others @ ..] if others.iter().all(|other| is_same(first, other)) => (first.as_str(), Vec::new()),
        _ => (DETECTED, several.clone()),
    };
    AsrOptions { language: Some(language.to_owned()), languages, ..AsrOptions::default() }
}

/// Whether two tags are of one language, whatever their regions.
fn is_same(one: &str, other: &str) -> bool {
    primary(one).eq_ignore_ascii_case(primary(other))
}

/// `message` with the language of its words, where it is known.
pub fn with_language(mut message: Value, language: Option<&str>) -> Value {
    if let Some(language) = language {
        message["language"] = language.into();
    }
    message
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_one_language_comes_before_several_and_these_before_the_usual_one() {
        for (one, several, language, languages) in [
            ("", &["en", "fr "][..], "auto", &["en", "fr"][..]),
            ("", &[], "de", &[]),
            (" ru ", &[], "ru", &[]),
            ("ru", &["en", "fr"], "ru", &[]),
            ("auto", &[], "auto", &[]),
            ("", &[" ", "en "], "en", &[]),
            ("auto", &["en-US", "EN_gb"], "en-US", &[]),
            ("auto", &["en", "fr"], "auto", &["en", "fr"]),
        ] {
            let options = spoken(one, &words(several), "de");
            assert_eq!(options.language.as_deref(), Some(language), "{one} {several:?}");
            assert_eq!(options.languages, languages, "{one} {several:?}");
        }
    }

    #[test]
    fn only_a_known_language_is_said() {
        assert_eq!(with_language(json!({"text": "Да."}), Some("ru")), json!({"text": "Да.", "language": "ru"}));
        assert_eq!(with_language(json!({"text": ""}), None), json!({"text": ""}));
    }
}
