//! The name of a voice, with that of one of its speakers where it has several.

use std::path::Path;

/// Between the names of a voice and of its speaker. A slash would be part of a voice's path, a plus of a variant of
/// espeak-ng's.
const MARK: char = '#';

/// A voice as settings and clients name it: `NAME`, or `NAME#SPEAKER` such as `en_GB-vctk-medium#p225`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceRef<'a> {
    /// Name or path of the voice; empty for the usual one.
    pub name: &'a str,
    /// Name or number of one of its speakers; `None` for the usual one. Never empty.
    pub speaker: Option<&'a str>,
}

impl<'a> VoiceRef<'a> {
    /// The voice that `text` names.
    pub fn of(text: &'a str) -> Self {
        // Take the mark in the name of a folder or of a file for no speaker's.
        let is_file = |rest: &str| Path::new(rest).extension().is_some_and(|extension| extension == "onnx");
        let is_path = |rest: &str| rest.contains('/') || is_file(rest);
        match text.rsplit_once(MARK).filter(|(_, rest)| !is_path(rest)) {
            Some((name, speaker)) => Self { name, speaker: Some(speaker).filter(|speaker| !speaker.is_empty()) },
            None => Self { name: text, speaker: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_named_alone_or_with_a_speaker() {
        for (text, name, speaker) in [
            ("", "", None),
            ("en_US-joe-medium", "en_US-joe-medium", None),
            ("en_GB-vctk-medium#p225", "en_GB-vctk-medium", Some("p225")),
            ("en_GB-vctk-medium#3", "en_GB-vctk-medium", Some("3")),
            ("en_GB-vctk-medium#", "en_GB-vctk-medium", None),
            ("#p225", "", Some("p225")),
            ("voices/vctk.onnx#p225", "voices/vctk.onnx", Some("p225")),
            ("/home/c#/vctk.onnx", "/home/c#/vctk.onnx", None),
            ("/home/c#/vctk.onnx#p225", "/home/c#/vctk.onnx", Some("p225")),
            ("vctk#2.onnx", "vctk#2.onnx", None),
            ("en-us+f5", "en-us+f5", None),
        ] {
            assert_eq!(VoiceRef::of(text), VoiceRef { name, speaker }, "{text}");
        }
    }
}
