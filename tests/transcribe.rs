//! `golem transcribe` as a person meets it: voices with their times, silence without words, and only golem's own
//! messages on standard error.

#[path = "common/boxes.rs"]
mod boxes;
#[path = "common/place.rs"]
mod place;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use boxes::{Sample, chunk, format, plain, riff, samples};
use place::{data, root};
use serde_json::Value;

/// Golem, which is asked nothing.
fn golem(arguments: &[&str]) -> Command {
    let mut golem = program::golem(arguments);
    golem.stdin(Stdio::null());
    golem
}

fn run(arguments: &[&str]) -> Output {
    golem(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether the files that set-up installs are here; if not, prints that the test is skipped.
fn installed() -> bool {
    let there =
        ["libpocketsphinx.so", "libonnxruntime.so"].iter().all(|name| data().join("runtime").join(name).exists());
    if !there {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
    }
    there
}

/// The asr that comes with golem.
const SPHINX: &[&str] = &["--set", "asr.engine=sphinx", "transcribe"];

/// Five seconds of silence, a person who asks for counting, five seconds of silence.
fn counting(folder: &Path) -> String {
    let speech = golem::device::wav::read_all(&root().join("fixtures/audio/count-to-ten.wav")).unwrap();
    let silence = vec![0.0; 80_000];
    let sound = samples(&[&silence[..], &speech, &silence].concat(), Sample::S16, 1, false);
    let path = folder.join("counting.wav");
    fs::write(&path, riff(&[chunk(b"fmt ", &plain(Sample::S16, 1, 16_000)), chunk(b"data", &sound)])).unwrap();
    path.display().to_string()
}

#[test]
fn voices_have_their_times_and_silence_has_no_words() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = counting(folder.path());
    let output = run(&[SPHINX, &["--json", &file]].concat());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)));
    assert!(line["text"].as_str().unwrap().contains("count to ten"), "{line}");
    let parts = line["parts"].as_array().unwrap();
    let (first, last) = (parts[0]["start"].as_f64().unwrap(), parts[parts.len() - 1]["end"].as_f64().unwrap());
    let whole = line["seconds"].as_f64().unwrap();
    assert!((5.0..6.0).contains(&first) && (whole - 6.0..whole - 4.9).contains(&last), "{first} to {last} of {whole}");
    let texts: Vec<_> = parts.iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(texts.join(" "), line["text"].as_str().unwrap());

    let silent = folder.path().join("silent.wav");
    fs::write(&silent, riff(&[chunk(b"fmt ", &plain(Sample::S16, 1, 16_000)), chunk(b"data", &vec![0; 320_000])]))
        .unwrap();
    assert_eq!(said(&run(&[SPHINX, &[&silent.display().to_string()]].concat())).trim(), "");
}

#[test]
fn subtitles_go_to_files_and_folders() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = counting(folder.path());
    let srt = folder.path().join("out.srt").display().to_string();
    let subtitles = folder.path().join("subtitles/").display().to_string();
    let output = run(&[SPHINX, &["-o", &srt, &file]].concat());
    assert!(output.status.success() && said(&output).is_empty(), "{}", told(&output));
    assert!(fs::read_to_string(&srt).unwrap().starts_with("1\n00:00:05,"));
    assert!(run(&[SPHINX, &["--vtt", "-o", &subtitles, &file]].concat()).status.success());
    assert!(fs::read_to_string(Path::new(&subtitles).join("counting.vtt")).unwrap().starts_with("WEBVTT\n\n00:00:05."));
    let lines = said(&run(&[SPHINX, &["--timestamps", &file]].concat()));
    assert!(lines.starts_with("0:05."), "{lines}");
    for (arguments, words) in [
        (&["--srt", &file, &file][..], "--output subtitles/"),
        (&["-o", "x.doc", &file], ".srt or .vtt"),
        (&["--srt", "--vtt", &file], "cannot be used with"),
    ] {
        let output = run(&[&["transcribe"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(words), "{}", told(&output));
    }
}

#[test]
fn a_pipe_is_heard_like_a_file() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(counting(folder.path())).unwrap();
    bytes[4..8].fill(0xff);
    bytes[40..44].fill(0xff);
    let mut process = golem(&["vad", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(said(&output).starts_with("-: 5."), "{}", said(&output));
}

#[test]
fn of_odd_files_only_golem_speaks() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(counting(folder.path())).unwrap();
    let flac =
        b"fLaC\x80\x00\x00\x22\x10\x00\x10\x00\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
            .to_vec();
    let mut ogg = b"OggS\0\x02".to_vec();
    ogg.extend([0; 300]);
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("cut.wav", whole[..whole.len() / 2].to_vec()),
        ("gsm.wav", riff(&[chunk(b"fmt ", &format(0x31, 1, 8_000, 65, 0)), chunk(b"data", &[0x55; 650])])),
        ("empty.flac", flac),
        ("broken.ogg", ogg),
        ("broken.mp3", [&b"ID3\x04\0\0\0\0\0\x10"[..], &[0xff; 4_000]].concat()),
        ("broken.mp4", [&b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08moov"[..], &[0x11; 4_000]].concat()),
        ("broken.mkv", [&b"\x1aE\xdf\xa3\x93B\x82\x88matroska"[..], &[0x42; 4_000]].concat()),
        ("broken.caf", [&b"caff\0\x01\0\0desc"[..], &[0xff; 400]].concat()),
    ];
    let names: Vec<String> = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path.display().to_string()
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for arguments in [&["vad"][..], SPHINX, &["--set", "intents.only=true", "--dry-run", "--input"]] {
        let output = run(&[arguments, &names].concat());
        for line in told(&output).lines() {
            let own = ["golem: ", "ears: ", "voice: ", "commands: "].iter().any(|start| line.starts_with(start));
            assert!(own, "{arguments:?}: {line}");
            assert!(!line.contains("panicked"), "{line}");
        }
        assert!(told(&output).contains("golem: "), "{arguments:?}");
    }
}

/// Whisper base where it is installed as a person would have it.
fn whisper() -> Option<PathBuf> {
    let models = std::env::var_os("GOLEM_MODELS").map_or_else(|| data().join("models"), PathBuf::from);
    let found =
        ["whisper-base", "base"].into_iter().map(|name| models.join("whisper").join(name)).find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: Whisper base is not installed");
    }
    found
}

#[test]
fn whisper_hears_no_ghosts_in_noise() {
    let noise = root().join("../shared/speech/noise");
    let Some(whisper) = whisper().filter(|_| installed()) else { return };
    let mut files = Vec::new();
    for folder in ["events", "kitchen"] {
        let Ok(entries) = fs::read_dir(noise.join(folder)) else {
            println!("skipped: {} is not here", noise.display());
            return;
        };
        files.extend(entries.map(|entry| entry.unwrap().path().display().to_string()));
    }
    files.sort();
    let model = format!("asr.model={}", whisper.display());
    let mut arguments = vec!["--set", &model, "--set", "asr.compute_type=int8", "transcribe", "--json"];
    arguments.extend(files.iter().map(String::as_str));
    let output = run(&arguments);
    let lines = said(&output);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), files.len(), "{}", told(&output));
    let ghosts: Vec<_> = lines.iter().filter(|line| line["text"] != "").map(|line| line["text"].clone()).collect();
    assert!(ghosts.len() <= 1, "{ghosts:?}");
}

#[test]
fn words_have_their_times_and_ears_without_them_say_so() {
    if !installed() {
        return;
    }
    let model = root().join("fixtures/models/whisper-micro").display().to_string();
    let model = format!("asr.model={model}");
    let file = root().join("fixtures/audio/whisper/05-flite-rms.flac").display().to_string();
    let whisper = ["--set", "asr.engine=whisper", "--set", &model, "transcribe", "--words"];
    let output = run(&[&whisper[..], &[&file]].concat());
    let lines = said(&output);
    assert!(output.status.success(), "{}", told(&output));
    let words: Vec<&str> = lines.lines().filter_map(|line| line.split("  ").nth(2)).collect();
    let output = run(&[&whisper[..], &["--json", &file]].concat());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)));
    assert_eq!(words.join(" "), line["text"].as_str().unwrap());
    let timed = line["parts"][0]["words"].as_array().unwrap();
    assert_eq!(timed.len(), words.len());
    for pair in timed.windows(2) {
        assert!(pair[0]["end"].as_f64() <= pair[1]["start"].as_f64(), "{line}");
    }
    let refused = run(&[SPHINX, &["--words", &file]].concat());
    assert!(!refused.status.success() && told(&refused).contains("golem models fetch"), "{}", told(&refused));
}
