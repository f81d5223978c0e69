//! The detection of the spoken language among the allowed ones.

use super::prompt::language_tag;
use crate::phrases::primary;

/// The tags of the allowed languages: those of the config's `languages` (`en`, `pt-BR`), for a model that knows the
/// tags `known`. Empty if all are allowed.
///
/// # Errors
/// When the model does not know one of them; the message says what to set.
pub(super) fn allowed(setting: &[String], known: &[String]) -> Result<Vec<String>, String> {
    tags(setting, known).map_err(|tag| {
        format!("it does not know the language \"{tag}\" of asr.languages; it knows {}", known.join(", "))
    })
}

/// The tags of `languages` (`en`, `pt-BR`), each once, for a model that knows the tags `known`.
///
/// # Errors
/// The first tag that the model does not know.
pub(super) fn tags(languages: &[String], known: &[String]) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> = Vec::new();
    for language in languages {
        let language = language.trim().to_lowercase();
        let tag = primary(&language);
        if !known.iter().any(|known| known == tag) {
            return Err(tag.to_owned());
        }
        if !tags.iter().any(|other| other == tag) {
            tags.push(tag.to_owned());
        }
    }
    Ok(tags)
}

/// The tag of the first allowed language in `ranked`: language tokens such as `<|ru|>`, likeliest first.
pub(super) fn likeliest<'a>(mut ranked: impl Iterator<Item = &'a str>, allowed: &[String]) -> Option<String> {
    let fits = |tag: &&str| allowed.is_empty() || allowed.iter().any(|other| other == tag);
    ranked.find_map(|token| language_tag(token).filter(fits)).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::Whisper;
    use super::*;
    use crate::config::AsrConfig;
    use crate::engine::options::AsrOptions;
    use crate::engine::{EngineError, Transcriber, recording};
    use crate::turn::Ticket;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_allowed_languages_are_heard() {
        let ranked = ["<|cy|>", "<|en|>", "<|ru|>"];
        let heard = |allowed: &[&str]| likeliest(ranked.into_iter(), &words(allowed));
        assert_eq!(heard(&[]).as_deref(), Some("cy"));
        assert_eq!(heard(&["ru", "en"]).as_deref(), Some("en"));
        assert_eq!(heard(&["ru"]).as_deref(), Some("ru"));
        assert_eq!(heard(&["de"]), None);
    }

    #[test]
    fn languages_are_read_as_people_write_them_and_unknown_ones_are_told() {
        let known = words(&["en", "ru", "pt"]);
        assert_eq!(allowed(&words(&["EN", "pt_BR", "en-US"]), &known), Ok(words(&["en", "pt"])));
        assert!(allowed(&words(&["xx"]), &known).unwrap_err().contains("en, ru, pt"));
        assert_eq!(allowed(&[], &known), Ok(Vec::new()));
        assert_eq!(tags(&words(&["en", "XX-yy"]), &known), Err("xx".into()));
    }

    #[test]
    fn a_client_names_the_languages_among_which_is_chosen_for_its_own_utterances() {
        let config = AsrConfig { language: "auto".into(), threads: 1, ..AsrConfig::default() };
        let mut whisper = Whisper::open(&recording::fixture("models/whisper-micro"), &config).unwrap();
        let russian = recording::read(&recording::fixture("audio/whisper/24-espeak-ru-f1.flac"));
        for (languages, heard) in [(&["en"][..], "en"), (&["en", "RU"], "ru"), (&[], "ru")] {
            let languages = words(languages);
            let options = AsrOptions { language: Some("auto".into()), languages, ..AsrOptions::default() };
            whisper.follow(&options).unwrap();
            whisper.start().unwrap();
            whisper.accept(&russian).unwrap();
            let transcript = whisper.finish(&Ticket::standing()).unwrap();
            assert_eq!(transcript.language.as_deref(), Some(heard), "{options:?}");
        }
        let unknown = AsrOptions { languages: words(&["ru", "xx"]), ..AsrOptions::default() };
        let Err(EngineError::Refused(reason)) = whisper.follow(&unknown) else { panic!("it is taken") };
        assert!(reason.contains("\"xx\"") && reason.contains("en, ru"), "{reason}");
    }
}
