//! The command line as a person meets it: its answers to bad input, and the files that it leaves behind.

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> String {
    root().join("fixtures").join(name).display().to_string()
}

/// golem with the checkout's models and no config of the person who runs the tests.
fn golem(arguments: &[&str]) -> Output {
    program::golem(arguments).output().expect("golem runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts the exit status and that golem's output holds `words`.
#[track_caller]
fn refuses(arguments: &[&str], status: i32, words: &[&str]) {
    let output = golem(arguments);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?} should say \"{word}\": {said}");
    }
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
}

/// Whether the files that set-up installs are here; if not, prints that the test is skipped.
fn installed() -> bool {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let data = std::env::var_os("GOLEM_DATA").map(PathBuf::from);
    let data = data.or_else(|| std::env::var_os("XDG_DATA_HOME").map(|folder| PathBuf::from(folder).join("golem")));
    let data = data.unwrap_or_else(|| home.join(".local/share/golem"));
    let there = data.join("runtime/libpocketsphinx.so").exists() && data.join("runtime/libonnxruntime.so").exists();
    if !there {
        println!("skipped: {} does not hold what scripts/golem installs", data.display());
    }
    there
}

/// A sound file of an unusual shape.
fn wav(folder: &Path, name: &str, spec: hound::WavSpec, samples: &[f32]) -> String {
    let path = folder.join(name);
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for sample in samples {
        for _ in 0..spec.channels {
            match (spec.sample_format, spec.bits_per_sample) {
                (hound::SampleFormat::Float, _) => writer.write_sample(*sample).unwrap(),
                #[allow(clippy::cast_possible_truncation)]
                (hound::SampleFormat::Int, bits) => {
                    writer.write_sample((sample * 2.0_f32.powi(i32::from(bits) - 1) * 0.99) as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
    path.display().to_string()
}

#[test]
fn wrong_words_are_usage_and_say_what_is_right() {
    refuses(&["--frobnicate"], 2, &["--frobnicate", "Usage"]);
    refuses(&["--output", "x.wav"], 2, &["--input"]);
    refuses(&["--input", "x.wav", "--latency", "ears=1"], 2, &["asr=200ms"]);
    refuses(&["--input", "x.wav", "--interrupt", "stop.wav"], 2, &["stop.wav@1.5"]);
    refuses(&["--input", "x.wav", "--gap", "soon"], 2, &["--gap"]);
    refuses(&["say", " ** "], 2, &["nothing to say"]);
    refuses(&["--set", "turn.silense_ms=3", "devices"], 2, &["did you mean \"turn.silence_ms\"?"]);
    refuses(
        &["--set", "turn.silence_ms=soon", "devices"],
        2,
        &["turn.silence_ms = \"soon\" does not fit", "silence_ms = 500"],
    );
    refuses(&["--config", "/nonexistent/x.toml", "devices"], 2, &["cannot read the config", "golem config default"]);
}

#[test]
fn files_that_are_no_sound_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    if !installed() {
        return;
    }
    let whole = fs::read(fixture("audio/stop.wav")).unwrap();
    refuses(&["--input", "/nonexistent.wav"], 1, &["no such file"]);
    refuses(&["vad", &file("empty.wav", b"")], 1, &["empty"]);
    refuses(&["vad", &file("header.wav", &whole[..30])], 1, &["header.wav"]);
    refuses(
        &["vad", &file("text.wav", b"these are only words, not sound, and many of them")],
        1,
        &["a text, not a sound file"],
    );
    refuses(&["vad", &folder.path().display().to_string()], 1, &["folder"]);
    let output = golem(&["vad", &file("cut.wav", &whole[..whole.len() / 2])]);
    assert!(output.status.success(), "what is there is heard");
    assert!(told(&output).contains("cut.wav"), "and that it is cut short is told: {}", told(&output));
}

#[test]
fn sound_of_every_shape_is_heard() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let speech = golem::device::wav::read_all(Path::new(&fixture("audio/count-to-ten.wav"))).unwrap();
    let spec = |channels, sample_rate, bits_per_sample, sample_format| hound::WavSpec {
        channels,
        sample_rate,
        bits_per_sample,
        sample_format,
    };
    let high: Vec<f32> = speech.iter().flat_map(|sample| [*sample; 12]).collect();
    let int = hound::SampleFormat::Int;
    let files = [
        wav(folder.path(), "eight-bit-stereo.wav", spec(2, 16_000, 8, int), &speech),
        wav(folder.path(), "24-bit.wav", spec(1, 16_000, 24, int), &speech),
        wav(folder.path(), "192-khz-float.wav", spec(2, 192_000, 32, hound::SampleFormat::Float), &high),
    ];
    for file in &files {
        let output = golem(&["vad", "--json", file]);
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a line of JSON");
        let voices = line["voices"].as_array().unwrap();
        assert!(!voices.is_empty(), "no voice found in {file}: {}", told(&output));
    }
    let silent = wav(folder.path(), "silent.wav", spec(1, 44_100, 16, int), &vec![0.0; 44_100]);
    let output = golem(&["--input", &silent, "--events", "-"]);
    assert!(output.status.success() && output.stdout.is_empty(), "silence is no event");
}

#[test]
fn models_that_are_missing_cut_or_of_another_kind_are_named() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, name: &str, keep: usize| {
        let bytes = fs::read(root().join(from)).unwrap();
        let path = folder.path().join(name);
        fs::write(&path, &bytes[..keep.min(bytes.len())]).unwrap();
        path.display().to_string()
    };
    let set = |key: &str, value: &str| format!("--set={key}={value}");
    let input = fixture("audio/stop.wav");
    let cut = copy("models/starter/brain.gguf", "cut.gguf", 100_000);
    let wrong = copy("fixtures/audio/stop.wav", "wrong.gguf", usize::MAX);
    refuses(&["--input", &input, &set("llm.model", "nowhere")], 1, &["nowhere", "GGUF"]);
    refuses(&["--input", &input, &set("llm.model", &cut)], 1, &["cut.gguf", "cannot be used"]);
    refuses(&["--input", &input, &set("llm.model", &wrong)], 1, &["wrong.gguf", "not a GGUF"]);
    refuses(&["--input", &input, &set("asr.model", "nowhere")], 1, &["nowhere", "Whisper"]);
    refuses(&["--input", &input, &set("asr.engine", "telepathy")], 2, &["telepathy", "whisper, sphinx"]);
    refuses(&["say", "hello", &set("tts.engine", "piper"), &set("tts.voice", "nobody")], 1, &["nobody", "Piper"]);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let input = fixture("audio/stop.wav");
    refuses(&["--input", &input, "--output", "/nonexistent/reply.wav"], 1, &["/nonexistent/reply.wav", "folder"]);
    refuses(&["--input", &input, "--output", "/dev/full"], 1, &["disk is full"]);
    refuses(&["say", "hello", "--output", "/dev/full"], 1, &["disk is full"]);
    let reply = folder.path().join("reply.wav");
    refuses(&["--input", &input, "--output", &reply.display().to_string(), "--events", "/dev/full"], 1, &["events"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no half-made file is left");
}

#[test]
fn an_echo_is_measured_in_a_simulated_room_and_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let int = |channels| hound::WavSpec {
        channels,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mono = wav(folder.path(), "mono.wav", int(1), &vec![0.1; 40_000]);
    refuses(&["echo-test", "--echo", "cellar"], 2, &["no room \"cellar\"", "kitchen"]);
    refuses(&["echo-test", "--input", &mono], 2, &["one channel", "the microphone, then what was played"]);
    refuses(&["echo-test", "--input", "/nonexistent.wav"], 2, &["/nonexistent.wav"]);
    if !installed() {
        return;
    }
    let silent = wav(folder.path(), "silent.wav", int(2), &vec![0.0; 80_000]);
    refuses(&["echo-test", "--input", &silent], 1, &["the microphone heard nothing", "pactl"]);
    let pair = folder.path().join("pair.wav").display().to_string();
    let report = |arguments: &[&str]| -> serde_json::Value {
        let output = golem(&[&["--set", "tts.engine=espeak", "echo-test", "--json"], arguments].concat());
        assert!(output.status.success(), "{}", told(&output));
        serde_json::from_slice(&output.stdout).expect("a report in JSON")
    };
    let room = report(&["--echo", "office,-12dB,drift=100ppm,delay=90ms", "--output", &pair]);
    let near = |key: &str, wanted: f64, off: f64| {
        let found = room[key].as_f64().unwrap_or(f64::NAN);
        assert!((found - wanted).abs() <= off, "{key}: {found}, not {wanted}");
    };
    // Through the air the sound takes 1.7 ms, and a drift waits half a filter of 8 samples.
    near("delay_ms", 92.2, 1.0);
    near("loss_db", 12.0, 1.5);
    near("reverberation_s", 0.45, 0.1);
    near("drift_ppm", 100.0, 10.0);
    let sonora = &room["cancellers"][0];
    assert_eq!((sonora["canceller"].as_str(), sonora["own_cuts"].as_u64()), (Some("sonora"), Some(0)), "{room}");
    assert_eq!(report(&["--input", &pair])["delay_ms"], room["delay_ms"], "the same from the file");
    let headphones = report(&["--echo", "office,-90dB"]);
    assert_eq!(headphones["advice"]["verdict"], "no_echo", "{headphones}");
    let text = golem(&["--set", "tts.engine=espeak", "echo-test", "--input", &pair]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("echo return loss") && text.contains("impulse response"), "{text}");
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    for arguments in
        [&["config", "default"][..], &["devices"], &["doctor"], &["completions", "bash"], &["config", "show"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = program::golem(arguments).stdout(writer).output().expect("golem runs");
        let said = told(&output);
        assert!(output.status.success() && !said.contains("panicked"), "{arguments:?}: {:?}: {said}", output.status);
    }
}

#[test]
fn help_shows_examples_and_every_command() {
    let help = golem(&["--help"]);
    insta::assert_snapshot!(String::from_utf8_lossy(&help.stdout));
    for shell in ["bash", "zsh", "fish"] {
        let script = golem(&["completions", shell]);
        assert!(String::from_utf8_lossy(&script.stdout).contains("transcribe"), "{shell}");
    }
}
