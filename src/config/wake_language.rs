//! The language of the wake phrase, as the config writes it.

use serde::{Deserialize, Serialize};

use crate::phrases::primary;
use crate::verbalize::cyrillic;

/// The codes of espeak-ng's languages and accents, separated by spaces: the names of the files in its folder `lang`, in
/// small letters. Those whose voice is silent for want of a dictionary are left out, and English in Shavian letters.
pub const CODES: &str = "af am an ar as az ba be bg bn bpy bs ca ca-ba ca-nw ca-va chr cmn cmn-latn-pinyin cs cv cy \
                         da de el en en-029 en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-gb-x-rp en-us en-us-nyc \
                         eo es es-419 et eu fa fa-latn fi fr fr-be fr-ch ga gd gn grc gu hak haw he hi hr ht hu hy \
                         hyw ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr ms mt mto \
                         my nb nci ne nl nog om or pa pap piqd pl pt pt-br py qdb qu quc qya ro ru ru-cl ru-lv sd shn \
                         si sjn sk sl smj sq sr sv sw ta te th ti tk tn tr tt ug uk ur uz vi vi-vn-x-central \
                         vi-vn-x-south yue yue-latn-jyutping";
/// Usual codes of languages for which espeak-ng has another one.
const OTHERWISE: [(&str, &str); 2] = [("no", "nb"), ("zh", "cmn")];

/// The language in which the wake phrase is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WakeLanguage {
    /// That of the phrase's letters: Russian for Cyrillic ones, English for all others.
    #[default]
    ByLetters,
    /// The language of this code, one of [`CODES`].
    Code(String),
}

impl WakeLanguage {
    /// The code of the language of `phrase`.
    pub fn code(&self, phrase: &str) -> &str {
        match self {
            Self::ByLetters if cyrillic(phrase) == Some(true) => "ru",
            Self::ByLetters => "en",
            Self::Code(code) => code,
        }
    }

    /// Whether `tag`, such as `en` or `de_DE`, is surely of another language: not so for `auto`, for unknown tags, and
    /// where the letters decide.
    pub fn is_other_than(&self, tag: &str) -> bool {
        let Ok(Self::Code(other)) = Self::try_from(tag.to_owned()) else { return false };
        matches!(self, Self::Code(own) if primary(own) != primary(&other))
    }
}

impl TryFrom<String> for WakeLanguage {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let tag = text.trim().to_lowercase().replace('_', "-");
        if tag.is_empty() {
            return Ok(Self::ByLetters);
        }
        // A region without a voice of its own has that of its language, as de-at has that of de.
        let known = [tag.as_str(), primary(&tag)].into_iter().find_map(|tag| {
            let own = OTHERWISE.iter().find(|(usual, _)| *usual == tag).map_or(tag, |(_, own)| *own);
            CODES.split(' ').find(|code| *code == own)
        });
        known.map(|code| Self::Code(code.into())).ok_or_else(|| {
            format!(
                "no voice here speaks \"{text}\": write the code of a language, such as de or pt-br, or nothing for \
                 that of the phrase's letters; the codes are {}",
                CODES.replace(' ', ", ")
            )
        })
    }
}

impl From<WakeLanguage> for String {
    fn from(language: WakeLanguage) -> Self {
        match language {
            WakeLanguage::ByLetters => Self::new(),
            WakeLanguage::Code(code) => code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(text: &str) -> Result<WakeLanguage, String> {
        WakeLanguage::try_from(text.to_owned())
    }

    #[test]
    fn a_language_is_read_as_people_write_it() {
        for (text, code) in [
            ("de", "de"),
            (" DE ", "de"),
            ("de_AT", "de"),
            ("pt-BR", "pt-br"),
            ("pt_br", "pt-br"),
            ("es-MX", "es"),
            ("no", "nb"),
            ("zh-CN", "cmn"),
            ("en_GB", "en"),
            ("uk", "uk"),
        ] {
            let language = language(text).unwrap();
            assert_eq!(language.code("привет"), code, "{text}");
            assert_eq!(String::from(language), code, "{text}");
        }
    }

    #[test]
    fn without_a_code_the_letters_decide() {
        let language = language("").unwrap();
        assert_eq!(language, WakeLanguage::default());
        assert_eq!((language.code("hallo computer"), language.code("привет голем")), ("en", "ru"));
        assert_eq!(language.code(""), "en");
        assert_eq!(String::from(language), "");
    }

    #[test]
    fn an_unknown_language_is_answered_with_the_codes_there_are() {
        for text in ["german", "xx", "d e", "kaa", "+f5", "-"] {
            let error = language(text).unwrap_err();
            assert!(error.contains(&format!("\"{text}\"")) && error.contains("such as de"), "{error}");
            assert!(error.contains("the codes are af, am, ") && error.ends_with("yue, yue-latn-jyutping"), "{error}");
        }
    }

    #[test]
    fn another_language_is_one_that_is_surely_another() {
        let german = language("de").unwrap();
        assert!(german.is_other_than("en") && german.is_other_than("ru_RU"));
        assert!(!german.is_other_than("de_DE") && !german.is_other_than("auto") && !german.is_other_than(""));
        assert!(!language("zh").unwrap().is_other_than("zh") && !language("nb").unwrap().is_other_than("no"));
        assert!(!WakeLanguage::ByLetters.is_other_than("en"));
    }
}
