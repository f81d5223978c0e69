//! The names that clients send for voices, and the languages that they send instead.

use super::services::VoiceName;
use crate::config::TtsConfig;
use crate::config::voice_ref::VoiceRef;
use crate::phrases::primary;

/// Voices of OpenAI's, which stand for the voice of the settings.
const USUAL: [&str; 15] = [
    "", "default", "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse",
    "marin", "cedar",
];

/// The voice and speaker to speak with where `name` was asked for; the voice is empty for that of the settings.
pub fn voice(name: &str) -> VoiceRef<'_> {
    let named = VoiceRef::of(name);
    if USUAL.contains(&named.name) { VoiceRef { name: "", ..named } } else { named }
}

/// The voice and speaker to speak with where a client asked for `name` or, if that is no voice, for `language`: one of
/// `voices`; empty for that of the settings.
pub fn chosen<'a>(name: &'a str, language: &str, voices: &'a [VoiceName], settings: &TtsConfig) -> VoiceRef<'a> {
    let named = voice(name);
    if named.name.is_empty() { VoiceRef { name: speaking(language, voices, settings), ..named } } else { named }
}

/// The voice that speaks `language`: that of the settings if it does, else the first of `voices` that does, else that
/// of the settings. Where the language has a region, voices of that region come first.
fn speaking<'a>(language: &str, voices: &'a [VoiceName], settings: &TtsConfig) -> &'a str {
    let wanted = plain(language);
    let own = VoiceRef::of(&settings.voice).name;
    let named = voices.iter().find(|voice| voice.name == own);
    let usual = plain(named.map_or(&settings.language, |voice| &voice.language));
    let speaks = |tag: &str| primary(tag) == primary(&wanted);
    // A tag without a region stands for all regions.
    if wanted.is_empty() || usual == wanted || usual == primary(&wanted) {
        return "";
    }
    let first = |fits: &dyn Fn(&str) -> bool| voices.iter().find(|voice| fits(&plain(&voice.language)));
    let regional = first(&|tag| tag == wanted).filter(|_| primary(&wanted) != wanted);
    let found = regional.or_else(|| first(&speaks).filter(|_| !speaks(&usual)));
    found.map_or("", |voice| voice.name.as_str())
}

/// A tag as it can be compared: `en-us` of `en_US`.
fn plain(tag: &str) -> String {
    tag.trim().replace('_', "-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_of_openai_is_the_usual_one() {
        for (asked, name, speaker) in [
            ("alloy", "", None),
            ("", "", None),
            ("en_US-joe-medium", "en_US-joe-medium", None),
            ("en_GB-vctk-medium#p225", "en_GB-vctk-medium", Some("p225")),
            ("alloy#p225", "", Some("p225")),
        ] {
            assert_eq!(voice(asked), VoiceRef { name, speaker }, "{asked}");
        }
    }

    #[test]
    fn a_language_is_spoken_by_a_voice_that_knows_it() {
        let tags = [("en_US-joe-medium", "en_US"), ("ru_RU-irina-medium", "ru_RU"), ("en-gb", "en-gb"), ("ru", "ru")];
        let voices = tags.map(|(name, language)| VoiceName {
            name: name.into(),
            what: String::new(),
            language: language.into(),
            speakers: Vec::new(),
        });
        let [joe, second, anyone] = ["en_US-joe-medium", "en_US-joe-medium#2", ""]
            .map(|voice| TtsConfig { voice: voice.into(), ..TtsConfig::default() });
        for (settings, language, voice) in [
            (&joe, "", ""),
            (&joe, "en", ""),
            (&joe, "en-US", ""),
            (&joe, "en_GB", "en-gb"),
            (&joe, "en-AU", ""),
            (&joe, "ru", "ru_RU-irina-medium"),
            (&joe, "RU-ru", "ru_RU-irina-medium"),
            (&joe, "ru-UA", "ru_RU-irina-medium"),
            (&joe, "de", ""),
            (&second, "en-US", ""),
            (&second, "en_GB", "en-gb"),
            // The language of the settings is English, whatever its region.
            (&anyone, "en_GB", ""),
            (&anyone, "ru", "ru_RU-irina-medium"),
        ] {
            assert_eq!(chosen("", language, &voices, settings).name, voice, "{language}");
        }
        assert_eq!(chosen("alloy", "ru", &voices, &joe).name, "ru_RU-irina-medium");
        assert_eq!(chosen("en-gb#3", "ru", &voices, &joe), VoiceRef { name: "en-gb", speaker: Some("3") });
        assert_eq!(chosen("#3", "ru", &voices, &joe), VoiceRef { name: "ru_RU-irina-medium", speaker: Some("3") });
    }
}
