//! The language of a phrase as a fit needs it: its voices, its sentences, and its share in the names of stored results.

use std::path::Path;

use super::texts::sentences;
use crate::config::wake_language::WakeLanguage;
use crate::phrases::primary;

/// Languages with several voices of espeak-ng that a person may sound like; any other code is that of one voice.
const ACCENTS: [(&str, &[&str]); 6] = [
    ("en", &["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp"]),
    ("ca", &["ca", "ca-ba", "ca-nw", "ca-va"]),
    ("es", &["es", "es-419"]),
    ("fr", &["fr", "fr-be", "fr-ch"]),
    ("pt", &["pt", "pt-br"]),
    ("vi", &["vi", "vi-vn-x-central", "vi-vn-x-south"]),
];

/// The language in which a phrase is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseLanguage {
    /// espeak-ng's voices of it, one or more.
    pub accents: Vec<String>,
    /// Texts for examples of other speech.
    pub sentences: &'static [&'static str],
    /// Whether the English dictionary has its words.
    pub english: bool,
    /// Beginning of the names of its Piper voices.
    piper: String,
    /// Its code.
    pub code: String,
    /// Whether the phrase is in Cyrillic letters.
    cyrillic: bool,
}

impl PhraseLanguage {
    /// The language of `phrase` under the setting `language`.
    pub fn of(language: &WakeLanguage, phrase: &str) -> Self {
        let code = language.code(phrase);
        let cyrillic = WakeLanguage::ByLetters.code(phrase) == "ru";
        let several = ACCENTS.iter().find(|(language, _)| *language == code).map(|(_, accents)| *accents);
        let accents = several.unwrap_or(&[code]).iter().map(|accent| (*accent).to_owned()).collect();
        let english = primary(code) == "en";
        // Piper's names begin with the usual codes.
        let piper = match primary(code) {
            "nb" => "no",
            "cmn" => "zh",
            usual => usual,
        };
        Self {
            accents,
            sentences: sentences(code, cyrillic),
            english,
            piper: format!("{piper}_"),
            code: code.to_owned(),
            cyrillic,
        }
    }

    /// The part of the name of the stored background that no other language has: the letters choose the sentences.
    pub fn background(&self) -> Vec<u8> {
        [self.code.as_bytes(), &[u8::from(self.cyrillic)]].concat()
    }

    /// Whether the Piper voice in the file at `path` speaks it.
    pub fn speaks(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&self.piper))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(code: &str, phrase: &str) -> PhraseLanguage {
        PhraseLanguage::of(&WakeLanguage::try_from(code.to_owned()).unwrap(), phrase)
    }

    #[test]
    fn each_language_has_its_voices() {
        let german = language("de", "hallo golem");
        assert_eq!(german.accents, ["de"]);
        assert!(german.speaks(Path::new("/voices/de_DE-thorsten-medium.onnx")) && !german.english);
        assert!(!german.speaks(Path::new("/de_DE/en_US-joe-medium.onnx")) && !german.speaks(Path::new("/")));
        assert_eq!(language("fr", "salut golem").accents, ["fr", "fr-be", "fr-ch"]);
        assert_eq!(language("fr_CH", "salut golem").accents, ["fr-ch"]);
        let brazilian = language("pt-br", "oi golem");
        assert_eq!(brazilian.accents, ["pt-br"]);
        assert!(brazilian.speaks(Path::new("pt_BR-faber-medium.onnx")));
        assert!(language("no", "hei golem").speaks(Path::new("no_NO-talesyntese-medium.onnx")));
        assert!(language("zh", "你好").speaks(Path::new("zh_CN-huayan-medium.onnx")));
    }

    #[test]
    fn without_a_code_it_is_russian_or_english() {
        let (english, russian) = (language("", "hey golem"), language("", "привет голем"));
        assert_eq!((english.accents.len(), english.english, english.code.as_str()), (4, true, "en"));
        assert_eq!((russian.accents, russian.english, russian.code.as_str()), (vec!["ru".to_owned()], false, "ru"));
        assert_ne!(english.sentences, russian.sentences);
        assert_eq!(language("en", "hey golem"), english, "named or not");
        assert!(language("en-us", "hey golem").english);
    }

    #[test]
    fn no_language_takes_the_background_of_another() {
        let all =
            [("", "hey"), ("ru", "hey"), ("de", "hey"), ("uk", "hey"), ("uk", "гей"), ("bg", "хей"), ("pt", "oi")];
        let mut backgrounds: Vec<_> = all.iter().map(|(code, phrase)| language(code, phrase).background()).collect();
        backgrounds.sort();
        backgrounds.dedup();
        assert_eq!(backgrounds.len(), all.len());
    }
}
