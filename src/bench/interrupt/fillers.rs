//! Sounds that people make without asking for the floor, by kind, and the kinds of which there is no recording.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::material::{ClipGroup, JudgedClip, judged};
use crate::bench::checkout::recordings;
use crate::device::wav::read_all;
use crate::engine::Vad;
use crate::signal::frame::RATE;

/// Kinds of sound that are not to end a reply, and the words in the path of a recording that mean one.
const KINDS: [(&str, &[&str]); 9] = [
    ("laughter", &["laugh", "laughing", "laughter"]),
    ("breaths", &["breath", "breathing", "breaths"]),
    ("um and uh", &["uh", "uhuh", "um"]),
    ("backchannels", &["backchannel", "backchannels"]),
    ("coughs", &["cough", "coughing", "coughs"]),
    ("sneezes", &["sneeze", "sneezes", "sneezing"]),
    ("typing", &["keyboard", "typing"]),
    ("music", &["music"]),
    ("speech from a television", &["television", "tv"]),
];
/// Where the fillers lie in recordings that have words too, in milliseconds, by the file's name. The words between them
/// are to end a reply, so that they are left out.
const SPANS: [(&str, &[(usize, usize)]); 5] = [
    ("mfa_laughter", &[(600, 2_000), (3_520, 5_220), (6_300, 8_080), (9_250, 9_950)]),
    ("mfa_breaths", &[(1_000, 1_650), (2_200, 3_350), (5_680, 6_500), (10_100, 10_700)]),
    ("mfa_uh", &[(2_270, 3_650)]),
    ("mfa_uhuh", &[(1_830, 2_080), (2_530, 2_820), (3_130, 3_530), (4_250, 5_280)]),
    ("mfa_um", &[(3_650, 5_250)]),
];

/// The sounds in the folder `fillers` of `speech`, at most `limit` of a kind. Recordings of no known kind are left out:
/// they have words.
pub fn read(speech: &Path, vad: &mut dyn Vad, limit: usize) -> Result<Vec<ClipGroup>> {
    let folder = speech.join("fillers");
    let paths = if folder.is_dir() { recordings(&folder)? } else { Vec::new() };
    let mut groups: BTreeMap<&str, Vec<JudgedClip>> = BTreeMap::new();
    for path in paths {
        let Some(kind) = kind(path.strip_prefix(&folder).unwrap_or(&path)) else { continue };
        let samples = read_all(&path)?;
        let clips = groups.entry(kind).or_default();
        for (from, to) in spans(&path, samples.len()) {
            if clips.len() < limit {
                clips.push(judged(&samples[from..to], 0, vad)?);
            }
        }
    }
    Ok(groups.into_iter().map(|(name, clips)| ClipGroup { name: name.into(), clips }).collect())
}

/// The kinds of which neither `fillers` nor `noise` in `speech` has a recording.
pub fn missing(speech: &Path) -> Result<Vec<&'static str>> {
    let mut at_hand = Vec::new();
    for folder in ["fillers", "noise"].map(|folder| speech.join(folder)).into_iter().filter(|folder| folder.is_dir()) {
        let paths = recordings(&folder)?;
        at_hand.extend(paths.iter().filter_map(|path| kind(path.strip_prefix(&folder).unwrap_or(path))));
    }
    Ok(KINDS.iter().map(|(name, _)| *name).filter(|name| !at_hand.contains(name)).collect())
}

/// The kind that the path of a recording names.
fn kind(path: &Path) -> Option<&'static str> {
    let path = path.to_string_lossy().to_lowercase();
    let names = |words: &[&str]| path.split(|c: char| !c.is_alphabetic()).any(|word| words.contains(&word));
    KINDS.iter().find(|(_, words)| names(words)).map(|(name, _)| *name)
}

/// The samples between which a recording of so many `samples` holds fillers: the whole, where it has no words.
fn spans(path: &Path, samples: usize) -> Vec<(usize, usize)> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let known = SPANS.iter().find(|(name, _)| *name == stem).map(|(_, spans)| *spans);
    let sample = |ms: usize| (ms * RATE as usize / 1_000).min(samples);
    known.map_or_else(
        || vec![(0, samples)],
        |spans| spans.iter().map(|(from, to)| (sample(*from), sample(*to))).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_words_of_the_path_and_not_parts_of_words() {
        let of = |path: &str| kind(Path::new(path));
        assert_eq!((of("mfa_um.flac"), of("mfa_uhuh.flac")), (Some("um and uh"), Some("um and uh")));
        assert_eq!((of("events/Keyboard_typing_1-2.flac"), of("music/a.wav")), (Some("typing"), Some("music")));
        for path in ["drum.wav", "events/Dog_bark_1.flac", "common_voice_en_22058264.flac"] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn words_between_fillers_are_left_out_and_other_recordings_are_whole() {
        assert_eq!(spans(Path::new("a/mfa_um.flac"), 200_000), [(58_400, 84_000)]);
        assert_eq!(spans(Path::new("a/mfa_um.flac"), 60_000), [(58_400, 60_000)]);
        assert_eq!(spans(Path::new("a/cough.flac"), 100), [(0, 100)]);
        for (name, spans) in SPANS {
            let edges: Vec<usize> = spans.iter().flat_map(|(from, to)| [*from, *to]).collect();
            assert!(edges.is_sorted() && kind(Path::new(name)).is_some(), "{name}");
        }
    }

    #[test]
    fn kinds_without_a_recording_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["fillers/laughter.wav", "noise/events/Sneezing_1.flac", "voices/cough.wav"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let missing = missing(folder.path()).unwrap();
        assert!(["coughs", "typing", "music"].iter().all(|kind| missing.contains(kind)), "{missing:?}");
        assert!(["laughter", "sneezes"].iter().all(|kind| !missing.contains(kind)), "{missing:?}");
    }
}
