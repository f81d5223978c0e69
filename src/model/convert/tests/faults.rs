//! Checkpoints that are broken: each is refused with a reason, and nothing is left behind.

use std::fs;

use proptest::prelude::*;

use super::super::weights::INDEX;
use super::{Copy, WEIGHTS};
use crate::model::convert::precision::Precision;

impl Copy {
    /// Replaces `from`, which must be there, by `to` of any length.
    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// Replaces `from` in the header of the weights by `to` of the same length.
    fn header(&self, from: &str, to: &str) {
        let mut bytes = fs::read(self.file(WEIGHTS)).unwrap();
        assert_eq!(from.len(), to.len());
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        self.write(WEIGHTS, bytes);
    }

    /// Converts the copy, which must be refused and leave nothing behind; returns the reason.
    fn refused(&self) -> String {
        let error = self.convert(Precision::Float16).unwrap_err().to_string();
        assert_eq!(fs::read_dir(self.0.path()).unwrap().count(), 1, "{error}");
        error
    }
}

/// A fault: the damage to a checkpoint, and the texts that the error must hold.
type Fault = (fn(&Copy), &'static [&'static str]);

const FAULTS: [Fault; 22] = [
    (|copy| fs::remove_file(copy.file("config.json")).unwrap(), &["config.json", "fetch all of them"]),
    (|copy| copy.write("config.json", "{"), &["config.json", "fetch the file again"]),
    (|copy| copy.replace("config.json", "\"whisper\"", "\"llama\""), &["model type llama"]),
    (|copy| copy.replace("config.json", "ConditionalGeneration", "AudioClassification"), &["writes text"]),
    (|copy| copy.replace("config.json", "\"gelu\"", "\"relu\""), &["gelu"]),
    (|copy| copy.replace("config.json", "\"d_model\": 8", "\"d_model\": 9"), &["9", "2 attention heads"]),
    (|copy| copy.replace("config.json", "\"d_model\": 8", "\"d_model\": 16"), &["shape", "same revision"]),
    (|copy| copy.replace("config.json", "\"d_model\": 8,", ""), &["d_model"]),
    (|copy| copy.replace("config.json", "_layers\": 2", "_layers\": 9999999999"), &["9999999999 layers"]),
    (|copy| copy.replace("config.json", "\"float32\"", "\"float64\""), &["float64", "save it"]),
    (|copy| fs::remove_file(copy.file("tokenizer.json")).unwrap(), &["tokenizer.json", "vocab.json"]),
    (|copy| copy.replace("tokenizer.json", "\"!\":0", "\"!\":99999"), &["no token has the id 0"]),
    (|copy| fs::rename(copy.file(WEIGHTS), copy.file("pytorch_model.bin")).unwrap(), &["safe_serialization=True"]),
    (|copy| fs::rename(copy.file(WEIGHTS), copy.file("adapter_model.safetensors")).unwrap(), &["merge_and_unload"]),
    (|copy| fs::remove_file(copy.file(WEIGHTS)).unwrap(), &[WEIGHTS, "fetch"]),
    (|copy| copy.write(WEIGHTS, "no"), &["no safetensors file"]),
    (|copy| copy.header("encoder.conv1.weight", "encoder.conv9.weight"), &["encoder.conv1.weight", "is missing"]),
    (|copy| copy.header("\"F32\"", "\"I32\""), &["holds I32"]),
    (|copy| copy.header("\"shape\":[8]", "\"shape\":[9]"), &["shape is [9]", "[8]"]),
    (cut, &["outside of the file", "fetch the file again"]),
    (gigabyte, &["1073741824 bytes"]),
    (nan, &["no numbers", "training has failed"]),
];

/// Takes the last byte off the weights.
fn cut(copy: &Copy) {
    let bytes = fs::read(copy.file(WEIGHTS)).unwrap();
    copy.write(WEIGHTS, &bytes[..bytes.len() - 1]);
}

/// Claims a header of a gigabyte in a file that is large enough for it.
fn gigabyte(copy: &Copy) {
    let file = fs::File::options().write(true).open(copy.file(WEIGHTS)).unwrap();
    file.set_len(2 << 30).unwrap();
    std::io::Write::write_all(&mut &file, &(1_u64 << 30).to_le_bytes()).unwrap();
}

/// Makes the last number a NaN.
fn nan(copy: &Copy) {
    let mut bytes = fs::read(copy.file(WEIGHTS)).unwrap();
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    copy.write(WEIGHTS, bytes);
}

#[test]
fn every_fault_is_named_and_leaves_nothing_behind() {
    for (number, (fault, words)) in FAULTS.iter().enumerate() {
        let copy = Copy::of("plain");
        fault(&copy);
        let error = copy.refused();
        assert!(words.iter().all(|word| error.contains(word)), "fault {number}: {error}");
    }
}

#[test]
fn every_fault_of_several_files_is_named() {
    let faults: [Fault; 3] = [
        (
            |copy| fs::remove_file(copy.file("model-00002-of-00003.safetensors")).unwrap(),
            &["00002-of-00003", "lists it"],
        ),
        (|copy| copy.replace(INDEX, "model-00001-of-00003", "../model-00001"), &["no file beside it"]),
        (
            |copy| {
                copy.replace(INDEX, "weight_map\": {", "weight_map\": {\"x\": \"model-00001-of-00003.safetensors\",");
            },
            &["tensor x", "no file has it"],
        ),
    ];
    for (fault, words) in faults {
        let copy = Copy::of("sharded");
        fault(&copy);
        let error = copy.refused();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn numbers_that_16_bits_cannot_hold_are_refused() {
    let copy = Copy::of("plain");
    let mut bytes = fs::read(copy.file(WEIGHTS)).unwrap();
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&65_520_f32.to_le_bytes());
    copy.write(WEIGHTS, bytes);
    assert!(copy.refused().contains("too large for float16"));
    copy.convert(Precision::Int8).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_broken_file_is_a_panic(
        name in prop::sample::select(vec![WEIGHTS, "config.json", "tokenizer.json", "generation_config.json"]),
        changes in prop::collection::vec((0.0..0.2_f64, any::<u8>()), 0..4),
        length in prop::option::of(any::<u64>()),
        kept in prop_oneof![Just(1.0), 0.0..1.0_f64],
    ) {
        let copy = Copy::of("plain");
        let mut bytes = fs::read(copy.file(name)).unwrap();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let at = |part: f64| (part * bytes.len() as f64) as usize;
        let (places, end): (Vec<_>, _) = (changes.iter().map(|(part, _)| at(*part)).collect(), at(kept));
        for (place, (_, change)) in places.into_iter().zip(&changes) {
            bytes[place] = *change;
        }
        if let (WEIGHTS, Some(length)) = (name, length) {
            bytes[..8].copy_from_slice(&(length % 20_000).to_le_bytes());
        }
        copy.write(name, &bytes[..end]);
        match copy.convert(Precision::Int8) {
            Ok(()) => prop_assert!(copy.made().join("config.json").is_file()),
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                prop_assert_eq!(fs::read_dir(copy.0.path()).unwrap().count(), 1);
            }
        }
    }
}
