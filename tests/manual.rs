//! The commands that the manual and the README show, run as they stand there.
//!
//! A fence says what its commands need that a test does not have (`golem::manual::example`); every other line is given
//! to a shell, in the order of the pages, in a home that has what the pages speak of.

#[path = "common/place.rs"]
mod place;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use golem::history::{HistoryLine, Store};
use golem::manual::PAGES;
use golem::manual::example::{Example, NEEDS, examples};
use golem::message::Role;
use place::{data, root};

/// All pages, by their names.
fn pages() -> Vec<(&'static str, String)> {
    let manual = PAGES.iter().map(|page| (page.name, page.text.to_owned()));
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    manual.chain([("README", readme)]).collect()
}

/// A home with golem, golem's own models, and the files that the pages name.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for folder in ["bin", "scripts", "data/models", "models/whisper", "commands", ".local/state/golem"] {
            fs::create_dir_all(home.at(folder)).unwrap();
        }
        let golem = Path::new(env!("CARGO_BIN_EXE_golem"));
        for name in ["bin/golem", "scripts/golem"] {
            symlink(golem, home.at(name)).unwrap();
        }
        symlink(data().join("runtime"), home.at("data/runtime")).unwrap();
        for name in ["silero", "pocketsphinx"] {
            symlink(data().join("models").join(name), home.at("data/models").join(name)).unwrap();
        }
        let fixture = |name: &str| root().join("fixtures").join(name);
        symlink(fixture(""), home.at("fixtures")).unwrap();
        symlink(fixture("models/whisper-micro"), home.at("models/whisper/whisper-micro")).unwrap();
        symlink(fixture("convert/plain/checkpoint"), home.at("whisper-acft-base.en")).unwrap();
        fs::copy(fixture("intents/desktop.yaml"), home.at("commands/desktop.yaml")).unwrap();
        // Golem tells a recording's kind by what is in it, as it does for those that people rename.
        for name in ["question.wav", "talk.mp3", "film.mkv", "call.ogg"] {
            fs::copy(fixture("audio/stop.wav"), home.at(name)).unwrap();
        }
        home.converse();
        home
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Three conversations that were kept.
    fn converse(&self) {
        let mut store = Store::open(&self.at(".local/state/golem/history.db")).unwrap().store;
        for question in ["how do I make pancakes", "tell me a joke", "what time is it"] {
            let line =
                HistoryLine { turn: 1, role: Role::User, text: question.into(), interrupted: false, at: 1_700_000_000 };
            store.add(None, &[line]).unwrap();
        }
    }

    /// Gives a line to a shell in this home; the error is what it printed.
    fn run(&self, line: &str) -> Result<(), String> {
        // Write into the home what the README writes beside it.
        let line = line.replace("/tmp/", &format!("{}/", self.0.path().display()));
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(self.0.path()).stdin(Stdio::null()).env_clear();
        let path = format!("{}:/usr/bin:/bin", self.at("bin").display());
        shell.env("PATH", path).env("HOME", self.0.path()).env("TERM", "dumb").env("GOLEM_HOME", root());
        shell.env("GOLEM_DATA", self.at("data")).env("GOLEM_MODELS", self.at("models"));
        let output = shell.output().expect("there is a shell");
        if output.status.success() {
            return Ok(());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Err(format!("{}: {}{}", output.status, text(&output.stdout), text(&output.stderr)))
    }
}

#[test]
fn every_command_of_the_manual_and_the_readme_runs_or_is_marked() {
    if !data().join("runtime/libpocketsphinx.so").exists() || !data().join("runtime/libonnxruntime.so").exists() {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
        return;
    }
    let home = Home::new();
    let (mut ran, mut marked, mut failed) = (0, 0, Vec::new());
    for (page, text) in pages() {
        for Example { needs, line } in examples(&text) {
            assert!(needs.iter().all(|need| NEEDS.contains(need)), "{page}: {needs:?}");
            if !needs.is_empty() {
                println!("{page}: needs {}: {line}", needs.join(", "));
                marked += 1;
                continue;
            }
            let begin = std::time::Instant::now();
            let result = home.run(line);
            println!("{page}: {} ms: {line}", begin.elapsed().as_millis());
            ran += 1;
            failed.extend(result.err().map(|output| format!("{page}: {line}\n{output}")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(ran >= 10, "only {ran} commands ran, {marked} are marked");
}
