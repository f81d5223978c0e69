//! Kokoro's voices: their style tables and their names, which encode language and sex.

use std::path::{Path, PathBuf};

use super::alphabet::Accent;
use crate::engine::EngineError;

/// Numbers in a style.
pub(super) const STYLE: usize = 256;
/// Styles of a voice, one for each text length in tokens.
pub(super) const ROWS: usize = 510;
/// The best voice of each language by its makers' grades. The first letter stands for the language, as in all names.
const BEST: [&str; 9] =
    ["af_heart", "bf_emma", "ef_dora", "ff_siwis", "hf_alpha", "if_sara", "jf_alpha", "pf_dora", "zf_xiaobei"];
/// First letters of names, with espeak-ng's language and the spelling of its phonemes.
const LANGUAGES: [(char, &str, Accent); 9] = [
    ('a', "en-us", Accent::American),
    ('b', "en-gb", Accent::British),
    ('e', "es", Accent::Other),
    ('f', "fr", Accent::Other),
    ('h', "hi", Accent::Other),
    ('i', "it", Accent::Other),
    ('j', "ja", Accent::Other),
    ('p', "pt-br", Accent::Other),
    ('z', "cmn", Accent::Other),
];

/// The file of the voice `name` in the model's folder.
fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join("voices").join(format!("{name}.bin"))
}

/// The model's file in `folder`.
pub(super) fn model(folder: &Path) -> PathBuf {
    let candidates = ["model.onnx", "kokoro.onnx"].map(|name| folder.join(name));
    candidates.iter().find(|path| path.is_file()).unwrap_or(&candidates[0]).clone()
}

/// Whether `path` is a folder with Kokoro's model and a voice.
pub fn is_kokoro(path: &Path) -> bool {
    model(path).is_file() && !names(path).is_empty()
}

/// The sorted names of the voices in `folder`.
pub fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("voices")).into_iter().flatten().flatten();
    let own = |path: PathBuf| {
        let stem = path.file_stem()?.to_str()?.to_owned();
        let known = path.extension().is_some_and(|ext| ext == "bin") && language(&stem).is_some();
        known.then_some(stem)
    };
    let mut names: Vec<String> = files.filter_map(|entry| own(entry.path())).collect();
    names.sort();
    names
}

/// Language and spelling of the voice `name`; `None` if it is not a name like `af_heart`.
pub(super) fn language(name: &str) -> Option<(&'static str, Accent)> {
    let mut letters = name.chars();
    let (first, sex, gap) = (letters.next()?, letters.next()?, letters.next()?);
    let shaped = matches!(sex, 'f' | 'm') && gap == '_';
    LANGUAGES.iter().find(|(letter, ..)| *letter == first && shaped).map(|&(_, tag, accent)| (tag, accent))
}

/// Language tag of the voice `name`; `None` if it is not a name of Kokoro's kind.
pub fn tag(name: &str) -> Option<&'static str> {
    language(name).map(|(tag, _)| tag)
}

/// The best voice for the language of `tag`; `None` if no voice speaks it.
pub fn best(tag: &str) -> Option<&'static str> {
    let tag = tag.replace('_', "-").to_lowercase();
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    let exact = LANGUAGES.iter().position(|(_, known, _)| *known == tag);
    let near = || LANGUAGES.iter().position(|(_, known, _)| primary(known) == primary(&tag));
    exact.or_else(near).or_else(|| (primary(&tag) == "zh").then_some(8)).map(|at| BEST[at])
}

/// The styles of the voice `name`, [`ROWS`] of [`STYLE`] numbers.
pub(super) fn styles(folder: &Path, name: &str) -> Result<Vec<f32>, EngineError> {
    let path = file(folder, name);
    let plain = !name.contains(['/', '\\']) && language(name).is_some();
    let bytes = std::fs::read(&path).ok().filter(|_| plain).ok_or_else(|| EngineError::Missing {
        what: format!("Kokoro voice \"{name}\""),
        path: path.clone(),
        hint: format!("set tts.voice to one of {}", names(folder).join(", ")),
    })?;
    let unusable = |reason: String| EngineError::Unusable { what: "Kokoro voice".into(), path: path.clone(), reason };
    if bytes.len() != ROWS * STYLE * size_of::<f32>() {
        return Err(unusable(format!("it has {} bytes, a voice has {}", bytes.len(), ROWS * STYLE * size_of::<f32>())));
    }
    let numbers: Vec<f32> =
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    if numbers.iter().all(|number| number.is_finite()) {
        Ok(numbers)
    } else {
        Err(unusable("not all of it are numbers".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_language_and_each_language_has_a_best_voice() {
        assert_eq!(language("af_heart").map(|found| found.0), Some("en-us"));
        assert_eq!(language("bm_george"), Some(("en-gb", Accent::British)));
        for name in ["", "af", "xf_me", "ax_me", "../af_heart", "en_US-joe-medium"] {
            assert_eq!(language(name), None, "{name}");
        }
        assert_eq!(
            (best("en"), best("en_GB"), best("pt"), best("zh")),
            (Some("af_heart"), Some("bf_emma"), Some("pf_dora"), Some("zf_xiaobei"))
        );
        assert_eq!((best("ru"), best("")), (None, None));
        assert!(BEST.iter().zip(LANGUAGES).all(|(name, (letter, ..))| name.starts_with(letter)));
    }

    #[test]
    fn a_folder_is_known_by_its_model_and_voices() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write("model.onnx", b"");
        assert!(!is_kokoro(folder.path()));
        write("voices/bf_emma.bin", b"1234");
        write("voices/af_heart.bin", &vec![0; ROWS * STYLE * 4]);
        write("voices/readme.txt", b"");
        assert!(is_kokoro(folder.path()));
        assert_eq!(names(folder.path()), ["af_heart", "bf_emma"]);
        assert_eq!(styles(folder.path(), "af_heart").unwrap().len(), ROWS * STYLE);
        assert!(matches!(styles(folder.path(), "bf_emma"), Err(EngineError::Unusable { .. })));
        let missing = styles(folder.path(), "../model").unwrap_err().to_string();
        assert!(missing.contains("af_heart, bf_emma"), "{missing}");
    }
}
