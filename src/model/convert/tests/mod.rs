//! Tests of the conversion: the results equal those of CTranslate2's own converter.

mod faults;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

const PRECISIONS: [(&str, Precision); 3] =
    [("float32", Precision::Float32), ("float16", Precision::Float16), ("int8", Precision::Int8)];
const WEIGHTS: &str = "model.safetensors";

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/convert").join(path)
}

/// A copy of a checkpoint that a test may break.
struct Copy(TempDir);

impl Copy {
    fn of(variant: &str) -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        fs::create_dir(copy.source()).unwrap();
        for entry in fs::read_dir(fixture(variant).join("checkpoint")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copy.file(path.file_name().unwrap().to_str().unwrap())).unwrap();
        }
        copy
    }

    fn source(&self) -> PathBuf {
        self.0.path().join("source")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.source().join(name)
    }

    fn made(&self) -> PathBuf {
        self.0.path().join("model")
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.file(name), content).unwrap();
    }

    fn convert(&self, precision: Precision) -> Result<(), ConvertError> {
        whisper(&self.source(), &self.made(), precision, &mut |_, _| ())
    }
}

#[test]
fn equal_to_ctranslate2_byte_for_byte() {
    for variant in ["plain", "sharded", "untied"] {
        for (name, precision) in PRECISIONS {
            let copy = Copy::of(variant);
            copy.convert(precision).unwrap();
            let equal = |ours: &str, theirs: PathBuf| {
                let (ours, theirs) = (fs::read(copy.made().join(ours)).unwrap(), fs::read(theirs).unwrap());
                assert!(ours == theirs, "{variant} {name}");
            };
            equal("model.bin", fixture(variant).join(name).join("model.bin"));
            equal("vocabulary.json", fixture(variant).join("vocabulary.json"));
            if variant != "sharded" {
                equal("config.json", fixture(variant).join("config.json"));
            }
        }
    }
}

#[test]
fn languages_are_found_where_no_file_lists_them() {
    let copy = Copy::of("sharded");
    copy.convert(Precision::Int8).unwrap();
    let read = |path: PathBuf| json::read::<serde_json::Value>(&path).unwrap();
    let (ours, mut theirs) = (read(copy.made().join("config.json")), read(fixture("sharded/config.json")));
    theirs["lang_ids"] = value!([284, 285]);
    assert_eq!(ours, theirs);
}

#[test]
fn three_old_files_become_one_tokenizer() {
    let copy = Copy::of("sharded");
    copy.convert(Precision::Int8).unwrap();
    let old = tokenizers::Tokenizer::from_file(copy.made().join("tokenizer.json")).unwrap();
    let new = tokenizers::Tokenizer::from_file(fixture("plain/checkpoint/tokenizer.json")).unwrap();
    let text = " turn on the light<|endoftext|> Ж";
    assert_eq!(old.encode(text, false).unwrap().get_ids(), new.encode(text, false).unwrap().get_ids());
    assert_eq!(old.token_to_id("<|0.02|>"), Some(293));
}

#[test]
fn missing_preprocessor_is_described_by_the_sizes() {
    let copy = Copy::of("plain");
    copy.convert(Precision::Int8).unwrap();
    let made: serde_json::Value = json::read(&copy.made().join(PREPROCESSOR)).unwrap();
    assert_eq!((&made["feature_size"], &made["nb_max_frames"]), (&value!(80), &value!(100)));
    let copy = Copy::of("plain");
    copy.write(PREPROCESSOR, "{\"feature_size\": 80}");
    copy.convert(Precision::Int8).unwrap();
    assert_eq!(fs::read(copy.made().join(PREPROCESSOR)).unwrap(), b"{\"feature_size\": 80}");
}

#[test]
fn progress_ends_at_the_bytes_foretold() {
    let (copy, mut last) = (Copy::of("plain"), (0, 0));
    let mut progress = |done, total| {
        assert!(done > last.0 && done <= total);
        last = (done, total);
    };
    whisper(&copy.source(), &copy.made(), Precision::Float16, &mut progress).unwrap();
    let foretold = bytes(&copy.source(), Precision::Float16).unwrap();
    assert_eq!(last, (foretold, foretold));
}

#[test]
fn a_checkpoint_is_told_from_a_converted_model() {
    assert!(is_checkpoint(&fixture("plain/checkpoint")));
    assert!(!is_checkpoint(&fixture("plain")));
    assert!(!is_checkpoint(Path::new("/nowhere")));
    assert_eq!(Precision::named("int8"), Some(Precision::Int8));
    assert_eq!(Precision::named("int4"), None);
}

#[test]
fn a_taken_name_is_left_alone() {
    let copy = Copy::of("plain");
    fs::create_dir(copy.made()).unwrap();
    let error = copy.convert(Precision::Int8).unwrap_err().to_string();
    assert!(error.contains("is there already"), "{error}");
    assert_eq!(fs::read_dir(copy.made()).unwrap().count(), 0);
}
