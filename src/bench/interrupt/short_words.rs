//! Short words over a reply: those that interrupt it, and those that only show attention. People said few of them, so
//! that golem's own voices say them all.

use std::path::Path;

use anyhow::Result;

use super::material::{ClipGroup, JudgedClip, judged};
use crate::bench::manifest::{self, ManifestRow};
use crate::bench::onset::onset;
use crate::config::TtsConfig;
use crate::config::speech_engine::TtsEngine;
use crate::device::wav::read_all;
use crate::dialog::words::normal;
use crate::engine::Vad;
use crate::engine::registry::{self, Files};
use crate::signal::frame::RATE;
use crate::signal::resample::resample;
use crate::turn::Ticket;
use crate::verbalize::cyrillic;

/// Words that are to cut a reply.
const INTERRUPTING: [&str; 4] = ["stop", "no", "wait", "стоп"];
/// Words that are not to end it, all among the default `turn.backchannels`.
const ATTENTIVE: [&str; 5] = ["uh-huh", "mm-hmm", "yeah", "okay", "right"];
/// espeak-ng's accents, and whether they are for Cyrillic.
const ACCENTS: [(&str, bool); 2] = [("en-us", false), ("ru", true)];
/// Variants of espeak-ng that sound unlike one another.
const VARIANTS: [&str; 4] = ["f2", "f5", "m1", "m3"];
/// Speeds of each voice.
const SPEEDS: [f32; 3] = [0.8, 1.0, 1.25];
/// Silence around a word, by which its onset is found, in samples.
const AROUND: usize = RATE as usize / 5;

/// The words as the voice detector judged them.
pub struct ShortWords {
    /// Those that are to cut a reply: a group for each word by people, where there is one, and by golem's voices.
    pub interrupting: Vec<ClipGroup>,
    /// Those that are not to end it, by golem's voices.
    pub attentive: ClipGroup,
    /// Interrupting words of which there is no recording of a person.
    pub unspoken: Vec<&'static str>,
}

/// All words: at most `limit` recordings of each that the manifest in `speech` lists, and at most `limit` by golem's
/// voices.
///
/// # Errors
/// When a voice or a recording cannot be used.
pub fn read(speech: &Path, tts: &TtsConfig, files: &Files, vad: &mut dyn Vad, limit: usize) -> Result<ShortWords> {
    let rows = manifest::read(speech).unwrap_or_default();
    let (mut interrupting, mut unspoken) = (Vec::new(), Vec::new());
    for (word, own) in INTERRUPTING.into_iter().zip(said(&INTERRUPTING, tts, files)?) {
        let people: Vec<Vec<f32>> = of(word, &rows).take(limit).map(read_all).collect::<Result<_, _>>()?;
        if people.is_empty() {
            unspoken.push(word);
        } else {
            interrupting.push(ClipGroup { name: format!("\"{word}\" by people"), clips: clips(&people, vad)? });
        }
        let own = &own[..own.len().min(limit)];
        interrupting.push(ClipGroup { name: format!("\"{word}\" by golem's voices"), clips: clips(own, vad)? });
    }
    let own: Vec<Vec<f32>> =
        said(&ATTENTIVE, tts, files)?.into_iter().flat_map(|own| own.into_iter().take(limit)).collect();
    let name = format!("{} by golem's voices", ATTENTIVE.map(|word| format!("\"{word}\"")).join(", "));
    let attentive = ClipGroup { name, clips: clips(&own, vad)? };
    Ok(ShortWords { interrupting, attentive, unspoken })
}

/// The recordings in which a person says `word` alone.
fn of<'a>(word: &str, rows: &'a [ManifestRow]) -> impl Iterator<Item = &'a Path> {
    rows.iter().filter(move |row| normal(&row.label) == [word]).map(|row| row.path.as_path())
}

/// The sounds that have an onset, as the voice detector judges them.
fn clips(sounds: &[Vec<f32>], vad: &mut dyn Vad) -> Result<Vec<JudgedClip>> {
    let heard = sounds.iter().filter_map(|samples| Some((samples, onset(samples)?)));
    heard.map(|(samples, begin)| judged(samples, begin, vad)).collect()
}

/// Each of `words` as all voices say it, at 16 kHz.
fn said(words: &[&str], tts: &TtsConfig, files: &Files) -> Result<Vec<Vec<Vec<f32>>>> {
    let mut all: Vec<Vec<Vec<f32>>> = vec![Vec::new(); words.len()];
    for (accent, russian) in ACCENTS {
        let is_in = |word: &str| (cyrillic(word) == Some(true)) == russian;
        if !words.iter().any(|word| is_in(word)) {
            continue;
        }
        for manner in manners(accent, tts, files.piper.is_some()) {
            let mut voice = registry::voice(&manner, files)?.engine;
            for (word, sounds) in words.iter().zip(&mut all) {
                if is_in(word) {
                    let speech = voice.speak(word, &Ticket::standing())?;
                    let sound = resample(&speech.samples, speech.timing.rate.max(1), RATE);
                    sounds.push([vec![0.0; AROUND], sound, vec![0.0; AROUND]].concat());
                }
            }
        }
    }
    Ok(all)
}

/// The voices that say a word: espeak-ng's variants of `accent`, and the Piper voice if one is installed, at all
/// speeds.
fn manners(accent: &str, tts: &TtsConfig, piper: bool) -> Vec<TtsConfig> {
    let mut manners = Vec::new();
    for speed in SPEEDS {
        manners.extend(VARIANTS.iter().map(|variant| {
            let voice = format!("{accent}+{variant}");
            TtsConfig { engine: TtsEngine::Espeak, voice, speed, ..TtsConfig::default() }
        }));
        if piper {
            manners.push(TtsConfig { engine: TtsEngine::Piper, voice: String::new(), speed, ..tts.clone() });
        }
    }
    manners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TurnConfig;
    use crate::dialog::words::Phrases;

    #[test]
    fn a_word_is_said_by_all_voices_at_all_speeds() {
        let tts = TtsConfig { voice: "joe".into(), ..TtsConfig::default() };
        let formant = manners("ru", &tts, false);
        assert_eq!(formant.len(), VARIANTS.len() * SPEEDS.len());
        assert!(formant.iter().all(|manner| manner.engine == TtsEngine::Espeak && manner.voice.starts_with("ru+")));
        let neural: Vec<_> = manners("en-us", &tts, true).into_iter().filter(|m| m.voice.is_empty()).collect();
        assert_eq!(
            neural.iter().map(|manner| (manner.engine, manner.speed)).collect::<Vec<_>>(),
            [(TtsEngine::Piper, 0.8), (TtsEngine::Piper, 1.0), (TtsEngine::Piper, 1.25)]
        );
    }

    #[test]
    fn recordings_of_a_word_have_it_alone() {
        let text = "path\tlabel\na.flac\tno\nb.flac\tno one\nc.flac\tNo!\nd.flac\t[noise] no\n";
        let rows = manifest::rows(text, Path::new("/r"));
        assert_eq!(of("no", &rows).collect::<Vec<_>>(), [Path::new("/r/a.flac"), Path::new("/r/c.flac")]);
        assert_eq!(of("stop", &rows).count(), 0);
    }

    #[test]
    fn words_that_show_attention_are_backchannels_of_the_config() {
        let backchannels = Phrases::new(&TurnConfig::default().backchannels);
        for word in ATTENTIVE {
            assert!(backchannels.cover(&normal(word)), "{word}");
        }
        assert!(!INTERRUPTING.iter().any(|word| backchannels.cover(&normal(word))));
    }
}
