//! Whisper's prompt: the language, the task, and no timestamps.

use crate::engine::options::AsrTask;
use crate::phrases::primary;

/// The language of an utterance, as far as it is known before decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExpectedLanguage {
    /// English: the model knows no other language and takes no tag.
    EnglishOnly,
    /// This tag, e.g. `ru`.
    Fixed(String),
    /// The model detects the language.
    Detect,
}

impl ExpectedLanguage {
    /// Reads the config's `language` for a model that knows the tags `known`.
    ///
    /// # Errors
    /// When the model does not know the language; the message says what to set.
    pub(super) fn choose(setting: &str, multilingual: bool, known: &[String]) -> Result<Self, String> {
        let setting = setting.trim().to_lowercase();
        let tag = primary(&setting);
        match (multilingual, tag) {
            (false, "auto" | "en" | "") => Ok(Self::EnglishOnly),
            (false, _) => Err(format!(
                "it understands English only, not \"{tag}\": set asr.language to en or take a multilingual model"
            )),
            (true, "auto" | "") => Ok(Self::Detect),
            (true, _) if known.iter().any(|known| known == tag) => Ok(Self::Fixed(tag.to_string())),
            (true, _) => Err(format!(
                "it does not know the language \"{tag}\"; set asr.language to auto or one of {}",
                known.join(", ")
            )),
        }
    }
}

/// The decoder's prompt for speech in `language`. `None` for a model that knows only English, and has no tasks.
pub(super) fn prompt(language: Option<&str>, task: AsrTask) -> Vec<String> {
    let task = match task {
        AsrTask::Transcribe => "<|transcribe|>",
        AsrTask::Translate => "<|translate|>",
    };
    let language = language.map(|tag| [format!("<|{tag}|>"), task.into()]);
    let mut prompt = vec!["<|startoftranscript|>".to_string()];
    prompt.extend(language.into_iter().flatten());
    prompt.push("<|notimestamps|>".into());
    prompt
}

/// The tag inside a language token such as `<|ru|>`.
pub(super) fn language_tag(token: &str) -> Option<&str> {
    let tag = token.strip_prefix("<|")?.strip_suffix("|>")?;
    ((2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<String> {
        vec!["en".into(), "ru".into()]
    }

    #[test]
    fn english_models_are_told_no_language() {
        assert_eq!(prompt(None, AsrTask::Transcribe), ["<|startoftranscript|>", "<|notimestamps|>"]);
        for setting in ["en", "auto", "", "en-US"] {
            assert_eq!(ExpectedLanguage::choose(setting, false, &known()), Ok(ExpectedLanguage::EnglishOnly));
        }
        assert!(ExpectedLanguage::choose("ru", false, &known()).unwrap_err().contains("English only"));
    }

    #[test]
    fn multilingual_models_are_told_language_and_task() {
        for (task, token) in [(AsrTask::Transcribe, "<|transcribe|>"), (AsrTask::Translate, "<|translate|>")] {
            assert_eq!(prompt(Some("ru"), task), ["<|startoftranscript|>", "<|ru|>", token, "<|notimestamps|>"]);
        }
        assert_eq!(ExpectedLanguage::choose("ru_RU", true, &known()), Ok(ExpectedLanguage::Fixed("ru".into())));
        assert_eq!(ExpectedLanguage::choose("Auto", true, &known()), Ok(ExpectedLanguage::Detect));
        assert!(ExpectedLanguage::choose("xx", true, &known()).unwrap_err().contains("en, ru"));
    }

    #[test]
    fn only_language_tokens_have_a_tag() {
        assert_eq!(language_tag("<|yue|>"), Some("yue"));
        for token in ["<|transcribe|>", "<|0.00|>", "en", "<||>"] {
            assert_eq!(language_tag(token), None, "{token}");
        }
    }
}
