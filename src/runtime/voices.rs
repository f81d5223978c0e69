//! The catalogue of voices by their names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::config::speech_engine::TtsEngine;
use crate::config::speech_server::SpeechServerConfig;
use crate::config::voice_ref::VoiceRef;
use crate::config::{Config, TtsConfig};
use crate::control::{Offer, Part};
use crate::engine::registry::{self, Files};
use crate::engine::{Synthesizer, anywhere, kokoro, piper, voice_name};
use crate::model::{Places, is_piper};
use crate::phrases::primary;

/// A voice of espeak-ng.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EspeakLanguage {
    /// Its tag, such as `en-gb`.
    tag: String,
    /// Its name, such as `English (Great Britain)`.
    name: String,
}

/// The voices that golem can speak with.
pub struct VoiceCatalogue {
    config: Config,
    files: Files,
    places: Places,
    /// Name of the voice that golem began with.
    first: Mutex<String>,
}

impl VoiceCatalogue {
    pub fn new(config: &Config, files: &Files, places: &Places) -> Self {
        Self { config: config.clone(), files: files.clone(), places: places.clone(), first: Mutex::default() }
    }

    /// Notes the voice that golem began with.
    pub fn begins_with(&self, name: &str) {
        name.clone_into(&mut self.first.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The engine for the voice `name`, which may name one of its speakers.
    ///
    /// # Errors
    /// When there is none of that name, it cannot be used, or it has no such speaker.
    pub fn open(&self, name: &str) -> Result<Box<dyn Synthesizer>, String> {
        let VoiceRef { name, speaker } = VoiceRef::of(voice_name(name.trim()));
        let (tts, files) = self.settings(name)?;
        let voice = anywhere::voice(&tts, &files, Instant::now).map_err(|error| error.to_string())?;
        let mut engine = voice.engine;
        engine.set_speaker(speaker).map_err(|error| error.to_string())?;
        Ok(engine)
    }

    /// The names of the speakers of each Piper voice that has several.
    pub fn speakers(&self) -> BTreeMap<String, Vec<String>> {
        // Go from the last to the first: of voices that share a name, the first is the one that is opened.
        let voices = self.places.all(is_piper).into_iter().rev();
        let named = voices.map(|path| (stem(&path), piper::speakers_of(&path).unwrap_or_default().names()));
        let mut speakers: BTreeMap<_, _> = named.collect();
        speakers.retain(|_, known| !known.is_empty());
        speakers
    }

    /// The settings and files for the voice `name`.
    fn settings(&self, name: &str) -> Result<(TtsConfig, Files), String> {
        let (mut tts, mut files) = (self.config.tts.clone(), self.files.clone());
        if name == *self.first.lock().unwrap_or_else(PoisonError::into_inner) {
            // Keep the original settings for the first voice: its path may lie outside the models folders.
            return Ok((tts, files));
        }
        if name != VoiceRef::of(&self.config.tts.voice).name {
            // Drop the speaker of the settings with their voice: it is one of that voice only.
            (tts.voice, tts.speaker) = (name.to_owned(), 0);
        }
        if let Some(path) = self.places.all(is_piper).into_iter().find(|path| stem(path) == name) {
            (tts.engine, files.piper) = (TtsEngine::Piper, Some(path));
        } else if self.kokoros().iter().any(|known| known == name) {
            tts.engine = TtsEngine::Kokoro;
        } else if self.speaks(name) {
            tts.engine = TtsEngine::Espeak;
        } else {
            return Err(format!(
                "there is no voice \"{name}\"; golem ctl offers lists those there are, golem setup fetches more"
            ));
        }
        Ok((tts, files))
    }

    /// Kokoro's voices, where it is installed.
    fn kokoros(&self) -> Vec<String> {
        self.files.kokoro.as_deref().map(kokoro::names).unwrap_or_default()
    }

    /// Whether espeak-ng has the voice: a language's, or a variant of it such as `en-us+f5`.
    fn speaks(&self, name: &str) -> bool {
        let Ok(data) = registry::espeak_data(&self.files) else { return false };
        let (tag, variant) = name.split_once('+').unwrap_or((name, ""));
        let variants = data.join("espeak-ng-data/voices/!v");
        let known = variant.is_empty() || (!variant.contains('/') && variants.join(variant).is_file());
        known && tongues(&data).iter().any(|tongue| tongue.tag == tag)
    }

    /// The voices worth offering: Piper's, and those of Kokoro and espeak-ng for the languages in the config.
    pub fn offers(&self, current: &str) -> Vec<Offer> {
        let offer = |name: &str, what: String| {
            let (name, current) = (name.to_owned(), name == current);
            Offer { part: Part::Tts, name, what, current }
        };
        let mut offers: Vec<Offer> =
            self.places.all(is_piper).iter().map(|path| offer(&stem(path), "Piper".into())).collect();
        let tongues = registry::espeak_data(&self.files).map(|data| tongues(&data)).unwrap_or_default();
        let servers: Vec<_> = self.config.tts.servers().iter().map(SpeechServerConfig::described).collect();
        let called = |tag: &str| {
            if servers.iter().any(|server| server == tag) {
                return "a server".to_owned();
            }
            let tag = tag.split('+').next().unwrap_or_default();
            let known = tongues.iter().find(|tongue| tongue.tag == tag);
            known.map_or_else(|| "espeak-ng".to_owned(), |tongue| format!("espeak-ng, {}", tongue.name))
        };
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let spoken = [&self.config.tts.voice, &self.config.tts.language, &self.config.asr.language];
        let languages: Vec<&str> = spoken.into_iter().map(|tag| primary(tag)).collect();
        let kokoros = self.kokoros().into_iter();
        let fit = |name: &String| kokoro::tag(name).is_some_and(|tag| languages.contains(&primary(tag)));
        offers.extend(kokoros.filter(fit).map(|name| offer(&name, "Kokoro".into())));
        let own = tongues.iter().map(|tongue| tongue.tag.as_str()).filter(|tag| languages.contains(&primary(tag)));
        for name in [first.as_str(), current].into_iter().chain(own).filter(|name| !name.is_empty()) {
            if !offers.iter().any(|offer| offer.name == name) {
                offers.push(offer(name, called(name)));
            }
        }
        offers
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The languages of espeak-ng, sorted by tag, from its data folder: one file each, name and tag in the first lines.
fn tongues(data: &Path) -> Vec<EspeakLanguage> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in entries(&data.join("espeak-ng-data/lang")) {
        if path.is_dir() { files.extend(entries(&path)) } else { files.push(path) }
    }
    let read = |path: &PathBuf| tongue(&std::fs::read_to_string(path).ok()?);
    let mut tongues: Vec<EspeakLanguage> = files.iter().filter_map(read).collect();
    tongues.sort_by(|one, other| one.tag.cmp(&other.tag));
    tongues
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn tongue(text: &str) -> Option<EspeakLanguage> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).map(str::trim);
    let tag = value("language")?.split_whitespace().next()?;
    Some(EspeakLanguage { tag: tag.into(), name: value("name").unwrap_or(tag).into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Voices in a folder with data of espeak-ng that knows three languages and a variant, and a Piper voice.
    fn voices(folder: &Path, tts: TtsConfig) -> VoiceCatalogue {
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("espeak-ng-data/phontab", "");
        write("espeak-ng-data/lang/gmw/en-US", "name English (America)\nlanguage en-us 2\nlanguage en 3\n");
        write("espeak-ng-data/lang/zle/ru", "name Russian\nlanguage ru\n");
        write("espeak-ng-data/lang/eu", "name Basque\nlanguage eu\n");
        write("espeak-ng-data/voices/!v/f5", "language variant\n");
        write("models/piper/en_US-amy.onnx", "");
        write("models/piper/en_US-amy.onnx.json", "{}");
        let env = |name: &str| (name == "GOLEM_MODELS").then(|| folder.join("models").display().to_string());
        let files = Files { espeak: vec![folder.into()], ..Files::default() };
        VoiceCatalogue::new(&Config { tts, ..Config::default() }, &files, &Places::from_env(env))
    }

    #[test]
    fn the_first_voice_comes_back_with_its_speaker() {
        let folder = tempfile::tempdir().unwrap();
        for named in ["", "elsewhere/en_US-lessac.onnx"] {
            let own = TtsConfig { voice: named.into(), speaker: 3, ..TtsConfig::default() };
            let voices = voices(folder.path(), own.clone());
            voices.begins_with(voice_name("Piper en_US-lessac"));
            let speaker = |name: &str| voices.settings(name).map(|(tts, _)| tts.speaker);
            assert_eq!((speaker("en_US-amy"), speaker("en-us")), (Ok(0), Ok(0)));
            assert_eq!(
                voices.settings("en_US-lessac").map(|(tts, _)| tts),
                Ok(own),
                "where there is no other by the name"
            );
        }
    }

    #[test]
    fn a_speaker_beside_the_voice_of_the_settings_is_one_of_that_voice() {
        let folder = tempfile::tempdir().unwrap();
        let own = TtsConfig { voice: "en_US-amy#p226".into(), speaker: 3, ..TtsConfig::default() };
        let voices = voices(folder.path(), own);
        let named = |name: &str| voices.settings(name).map(|(tts, _)| (tts.voice, tts.speaker));
        assert_eq!(named("en_US-amy"), Ok(("en_US-amy#p226".into(), 3)));
        assert_eq!(named("en-us"), Ok(("en-us".into(), 0)));
        let unknown = voices.open("en_US-bob#p226").err().unwrap();
        assert!(unknown.contains("no voice \"en_US-bob\""), "{unknown}");
    }

    #[test]
    fn the_speakers_of_voices_that_have_several_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let voices = voices(folder.path(), TtsConfig::default());
        for (name, count, speakers) in [("en_GB-vctk", 2, r#""p226": 1, "p225": 0"#), ("en_US-joe", 1, "")] {
            let settings = format!(
                r#"{{"audio": {{"sample_rate": 22050}}, "espeak": {{"voice": "en"}}, "num_speakers": {count},
                    "inference": {{"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8}},
                    "speaker_id_map": {{{speakers}}}, "phoneme_id_map": {{"_": [0]}}}}"#
            );
            let voice = folder.path().join(format!("models/piper/{name}.onnx"));
            std::fs::write(&voice, "").unwrap();
            std::fs::write(voice.with_extension("onnx.json"), settings).unwrap();
        }
        let known = voices.speakers();
        assert_eq!(known.get("en_GB-vctk"), Some(&vec!["p225".to_owned(), "p226".to_owned()]));
        assert!(["en_US-joe", "en_US-amy"].into_iter().all(|name| !known.contains_key(name)), "{known:?}");
    }

    #[test]
    fn voices_of_the_languages_in_the_config_are_offered_and_others_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let voices = voices(folder.path(), TtsConfig::default());
        voices.begins_with(voice_name("espeak-ng en-us+f5"));
        let offers = voices.offers("en_US-amy");
        let offer = |name: &str| offers.iter().find(|offer| offer.name == name);
        assert!(offer("en_US-amy").is_some_and(|offer| offer.current && offer.what == "Piper"), "{offers:?}");
        for name in ["en-us", "en-us+f5"] {
            assert!(offer(name).is_some_and(|offer| offer.what == "espeak-ng, English (America)"), "{offers:?}");
        }
        assert!(offer("ru").is_none() && offer("eu").is_none());
        assert!(["ru", "eu", "en-us", "en-us+f5", "ru+f5"].into_iter().all(|name| voices.speaks(name)));
        assert!(["", "en_US-bob", "en", "ru+f9", "ru+../!v/f5"].into_iter().all(|name| !voices.speaks(name)));
        let unknown = voices.open("en_US-bob").err().unwrap();
        assert!(unknown.contains("golem ctl offers"), "{unknown}");
    }
}
