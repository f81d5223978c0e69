//! The models: where native libraries and models are, and which of the installed ones to take.
//!
//! Searched in this order: a path given in the config, `$GOLEM_MODELS`, the data folder's `models`, `models` in the
//! checkout (`$GOLEM_HOME`), what came packed with the program, and `models` in the working folder.

pub mod archive;
pub mod bytes;
pub mod catalogue;
pub mod convert;
mod copy;
mod digest;
pub mod error;
pub mod fetch;
pub mod found;
pub mod import;
pub mod machine;
pub mod profile;
pub mod progress;
pub mod record;
pub mod stage;
pub mod store;
pub mod verify;

use std::path::{Path, PathBuf};

/// Folder of the starter pack within a models folder.
pub const STARTER: &str = "starter";
/// Folders with the files of a packed golem, from the folder of the executable: unpacked from a tarball, or in `bin` of
/// a prefix.
const PACKED: [&str; 2] = ["share/golem", "../share/golem"];
/// How deep models lie under a models folder: `models/whisper/base.en/model.bin`.
const DEPTH: usize = 3;

/// End of the architecture's name in the `config.json` of a sequence classifier.
const CLASSIFIER: &str = "ForSequenceClassification";

/// The folders golem looks into.
#[derive(Clone, Debug, Default)]
pub struct Places {
    runtimes: Vec<PathBuf>,
    roots: Vec<PathBuf>,
}

impl Places {
    /// The folders that the environment names, and those packed with this program.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Self {
        Self::new(env, std::env::current_exe().ok().as_deref())
    }

    fn new(env: impl Fn(&str) -> Option<String>, program: Option<&Path>) -> Self {
        let path = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let data = path("GOLEM_DATA")
            .or_else(|| path("XDG_DATA_HOME").map(|folder| folder.join("golem")))
            .or_else(|| path("HOME").map(|home| home.join(".local/share/golem")))
            .unwrap_or_else(|| PathBuf::from("."));
        let mut roots: Vec<PathBuf> = path("GOLEM_MODELS").into_iter().collect();
        roots.push(data.join("models"));
        roots.extend(path("GOLEM_HOME").map(|home| home.join("models")));
        let beside = program.and_then(Path::parent);
        let packed = beside.and_then(|folder| PACKED.iter().map(|place| folder.join(place)).find(|path| path.is_dir()));
        roots.extend(packed.iter().map(|packed| packed.join("models")));
        roots.push(PathBuf::from("models"));
        let runtimes = std::iter::once(data).chain(packed).map(|folder| folder.join("runtime")).collect();
        Self { runtimes, roots }
    }

    /// Folders looked into for models, first one first.
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// Folders of native libraries and espeak-ng's data: what set-up installed, then what came with the program.
    pub fn runtimes(&self) -> &[PathBuf] {
        &self.runtimes
    }

    /// The path of a file or folder of golem's own data, whether it is there or not.
    pub fn kept(&self, name: &str) -> PathBuf {
        self.runtimes.first().and_then(|runtime| runtime.parent()).unwrap_or(Path::new(".")).join(name)
    }

    /// A native library or data folder; where there is none, the place where set-up puts it.
    pub fn runtime(&self, name: &str) -> PathBuf {
        first_there(&self.runtimes, name)
    }

    /// A file or folder at a fixed place under any of the models folders; the first folder's when there is none.
    pub fn at(&self, relative: &str) -> PathBuf {
        first_there(&self.roots, relative)
    }

    /// All models of a kind under the models folders, first folder first.
    pub fn all(&self, is_model: fn(&Path) -> bool) -> Vec<PathBuf> {
        self.roots.iter().flat_map(|root| models_under(root, DEPTH, is_model)).collect()
    }

    /// The model that `spec` names: a path, or a name under the models folders. With an empty `spec`, the largest
    /// installed model: none that is for comparisons alone, and one of the starter pack only if there is no other.
    pub fn find(&self, spec: &str, is_model: fn(&Path) -> bool) -> Option<PathBuf> {
        if spec.is_empty() {
            let offered = self.all(is_model).into_iter().filter(|path| !is_for_measuring(path));
            return offered.max_by_key(|path| (!is_starter(path), size(path)));
        }
        let path = PathBuf::from(spec);
        if is_model(&path) {
            return Some(path);
        }
        let named = |path: &PathBuf| {
            let is = |part: Option<&std::ffi::OsStr>| part.is_some_and(|part| part == spec);
            // `whisper-base` is not the folder `whisper-base.en`, but `brain` is the file `brain.gguf`.
            let stem = path.file_stem().filter(|_| path.is_file());
            let folder = path.parent().and_then(Path::file_name);
            is(path.file_name()) || is(stem) || is(folder) || path.ends_with(spec)
        };
        self.all(is_model).into_iter().find(named)
    }
}

/// Whether `path` is a CTranslate2 Whisper model: a folder with `model.bin` and `config.json`.
pub fn is_whisper(path: &Path) -> bool {
    path.join("model.bin").is_file() && path.join("config.json").is_file()
}

/// Whether `path` is a language model: a GGUF file.
pub fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "gguf") && path.is_file()
}

/// Whether `path` is a Piper voice: an ONNX file with its settings beside it.
pub fn is_piper(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "onnx") && path.with_extension("onnx.json").is_file()
}

/// Whether `path` is a model for natural-language inference in ONNX: a folder with `model.onnx` (or `onnx/model.onnx`),
/// `tokenizer.json`, and a `config.json` that names a sequence classifier.
pub fn is_nli(path: &Path) -> bool {
    let is_there = |name: &str| path.join(name).is_file();
    let model = is_there("model.onnx") || is_there("onnx/model.onnx");
    let classifies = || std::fs::read_to_string(path.join("config.json")).is_ok_and(|text| text.contains(CLASSIFIER));
    model && is_there("tokenizer.json") && classifies()
}

/// Whether `path` is a model that judges whether a turn is over: a folder that holds Smart Turn in ONNX.
pub fn is_turn(path: &Path) -> bool {
    turn_file(path).is_some()
}

/// The file of Smart Turn in its folder.
pub fn turn_file(folder: &Path) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"smart-turn"));
    files.filter(|path| named(path) && path.extension().is_some_and(|ext| ext == "onnx")).max()
}

/// Whether a model belongs to the starter pack.
pub fn is_starter(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == STARTER)
}

/// Whether a model is there for comparisons alone.
fn is_for_measuring(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == catalogue::MEASURING)
}

/// `name` in the first of the folders that has it, else in the first folder.
fn first_there(folders: &[PathBuf], name: &str) -> PathBuf {
    let candidates = || folders.iter().map(|folder| folder.join(name));
    candidates().find(|path| path.exists()).or_else(|| candidates().next()).unwrap_or_else(|| name.into())
}

fn models_under(folder: &Path, depth: usize, is_model: fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    // Models that are not complete lie in a hidden folder.
    entries.retain(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")));
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if is_model(&path) {
            found.push(path);
        } else if depth > 1 && path.is_dir() {
            found.extend(models_under(&path, depth - 1, is_model));
        }
    }
    found
}

/// Bytes of a model file, or of the files in its folder; 0 where there is nothing.
pub fn size(path: &Path) -> u64 {
    let length = |path: &Path| path.metadata().map_or(0, |data| data.len());
    if path.is_dir() {
        std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| length(&entry.path())).sum()
    } else {
        length(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(root: &Path) -> Places {
        Places { runtimes: vec![root.into()], roots: vec![root.into()] }
    }

    #[test]
    fn what_came_with_the_program_is_found_after_the_users_own() {
        for (program, packed) in [("golem", "share/golem"), ("bin/golem", "share/golem")] {
            let folder = tempfile::tempdir().unwrap();
            let file = |name: &str| {
                let path = folder.path().join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, "x").unwrap();
                path.canonicalize().unwrap()
            };
            let env = |name: &str| (name == "HOME").then(|| folder.path().join("home").display().to_string());
            let program = file(program);
            let places = || Places::new(env, Some(&program));
            assert_eq!(places().runtimes().len(), 1, "nothing is packed");
            let lib = file(&format!("{packed}/runtime/a.so"));
            let model = file(&format!("{packed}/models/silero/silero_vad.onnx"));
            assert_eq!(places().runtime("a.so").canonicalize().unwrap(), lib);
            assert_eq!(places().at("silero/silero_vad.onnx").canonicalize().unwrap(), model);
            assert!(places().runtime("b.so").starts_with(folder.path().join("home")), "where set-up puts it");
            let own = file("home/.local/share/golem/runtime/a.so");
            assert_eq!(places().runtime("a.so").canonicalize().unwrap(), own);
        }
    }

    #[test]
    fn the_largest_model_wins_and_the_starter_pack_comes_last() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, vec![0; bytes]).unwrap();
        };
        file("starter/brain.gguf", 100);
        assert!(places(folder.path()).find("", is_gguf).unwrap().ends_with("starter/brain.gguf"));
        file("llm/small.gguf", 10);
        file("llm/large.gguf", 20);
        file("llm/notes.txt", 999);
        let places = places(folder.path());
        assert!(places.find("", is_gguf).unwrap().ends_with("large.gguf"));
        assert!(places.find("small", is_gguf).unwrap().ends_with("small.gguf"));
        assert!(places.find("small.gguf", is_gguf).unwrap().ends_with("small.gguf"));
        assert_eq!(places.find("huge", is_gguf), None);
        file("measuring/larger/larger.gguf", 30);
        assert!(places.find("", is_gguf).unwrap().ends_with("large.gguf"));
        assert!(places.find("larger", is_gguf).is_some());
        file("llm/chat-1b/q4.gguf", 5);
        assert!(places.find("chat-1b", is_gguf).unwrap().ends_with("q4.gguf"));
        file("whisper/base.en/model.bin", 30);
        file("whisper/base.en/config.json", 2);
        assert_eq!(places.find("base", is_whisper), None);
        assert!(places.find("base.en", is_whisper).is_some());
        std::fs::remove_dir_all(folder.path().join("whisper")).unwrap();
        file(".partial/whisper-base/files/model.bin", 30);
        file(".partial/whisper-base/files/config.json", 2);
        assert_eq!(places.find("", is_whisper), None);
        file("nli/other/model.onnx", 10);
        file("nli/other/tokenizer.json", 10);
        assert_eq!(places.find("", is_nli), None);
        std::fs::write(folder.path().join("nli/other/config.json"), "[\"BartForSequenceClassification\"]").unwrap();
        assert!(places.find("", is_nli).unwrap().ends_with("nli/other"));
        assert_eq!(places.find("", is_whisper), None);
    }
}
