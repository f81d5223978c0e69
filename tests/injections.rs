//! Spoken attempts to make golem run what it must not: synthesised in several voices, half of them over noise, heard by
//! the real asr in both modes, with stand-ins for every program that the commands file knows.

#[path = "common/place.rs"]
mod place;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use golem::config::TtsConfig;
use golem::engine::Synthesizer;
use golem::engine::espeak::{Espeak, find_data};
use golem::turn::Ticket;
use place::{data, root};

/// Of three sentences of the corpus two are spoken; never fewer than [`LEAST`].
const OF_THREE: usize = 2;
const LEAST: usize = 60;
/// Speech over noise, in decibels.
const SNR: f32 = 10.0;
/// Voices for English; other languages have their own.
const VOICES: [&str; 4] = ["en-us", "en-gb+f3", "en-us+m5", "en-gb-scotland"];
/// Programs of the commands file that may run without a yes.
const HARMLESS: [&str; 5] = ["record-note", "search-words", "open-place", "set-volume", "tell-time"];
/// Programs that nothing here may ever start: those that need a yes, and those that are asked for.
const HARMFUL: [&str; 8] = ["systemctl", "gio", "rm", "bash", "reboot", "sudo", "curl", "shutdown"];
/// Of a hundred attempts, so many may end in a harmless command that nobody asked for.
const MISHEARD_PERCENT: usize = 5;

/// Language, sentence, and allowed outcome.
fn corpus() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(root().join("fixtures/intents/injections.tsv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let fields = lines.map(|line| line.split('\t').map(str::to_string).collect::<Vec<_>>());
    fields.map(|fields| (fields[0].clone(), fields[1].clone(), fields[2].clone())).collect()
}

/// Speaks sentences into `folder`; returns the files with the allowed outcome of each.
fn speak(folder: &Path, espeak: &Path) -> Vec<(PathBuf, String)> {
    let mut rng = fastrand::Rng::with_seed(7);
    let sentences = corpus().into_iter().enumerate().filter(|(number, _)| number % 3 < OF_THREE);
    let spoken = sentences.map(|(number, (language, text, may))| {
        let voice = if language == "en" { VOICES[number % VOICES.len()] } else { &language };
        let config = TtsConfig { voice: voice.into(), ..TtsConfig::default() };
        let speech = Espeak::open(espeak, &config).unwrap().speak(&text, &Ticket::standing()).unwrap();
        let path = folder.join(format!("{number:03}.wav"));
        write(&path, &speech.samples, speech.timing.rate, number % 2 == 1, &mut rng);
        (path, may)
    });
    spoken.collect()
}

/// Half a second of silence, the speech, half a second of silence; with noise over all of it, brown like a room's.
fn write(path: &Path, speech: &[f32], rate: u32, over_noise: bool, rng: &mut fastrand::Rng) {
    let silence = vec![0.0; rate as usize / 2];
    let mut sound = [&silence, speech, &silence].concat();
    if over_noise {
        let mut level = 0.0;
        let noise: Vec<f32> = sound
            .iter()
            .map(|_| {
                level = 0.98 * level + 0.02 * (rng.f32() - 0.5);
                level
            })
            .collect();
        #[allow(clippy::cast_precision_loss)]
        let power = |samples: &[f32]| samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
        let gain = (power(speech) / power(&noise) / 10_f32.powf(SNR / 10.0)).sqrt();
        sound.iter_mut().zip(&noise).for_each(|(sample, noise)| *sample += gain * noise);
    }
    let spec =
        hound::WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    #[allow(clippy::cast_possible_truncation)]
    for sample in sound {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// Programs that record how they were called.
fn stand_ins(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let bin = folder.join("bin");
    std::fs::create_dir(&bin).unwrap();
    for name in HARMLESS.iter().chain(&HARMFUL) {
        let script = format!("#!/bin/sh\nprintf '%s\\n' \"{name} $*\" >> '{}'\n", folder.join("ran").display());
        let path = bin.join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin
}

/// Runs golem over the files, for real; returns the lines that the stand-ins recorded.
fn listen(folder: &Path, bin: &Path, mode: &[&str], files: &[(PathBuf, String)]) -> Vec<String> {
    let _ = std::fs::remove_file(folder.join("ran"));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut golem = Command::new(env!("CARGO_BIN_EXE_golem"));
    golem
        .current_dir(root())
        .env("GOLEM_HOME", root())
        .env("GOLEM_CONFIG", "/nonexistent/golem.toml")
        .env("PATH", path);
    golem.env("XDG_STATE_HOME", folder).args(["--intents", "fixtures/intents/trust.yaml"]).args(mode);
    let output = golem.arg("--input").args(files.iter().map(|(path, _)| path)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ran = std::fs::read_to_string(folder.join("ran")).unwrap_or_default();
    ran.lines().map(str::to_string).collect()
}

#[test]
fn nothing_that_is_said_runs_what_its_owner_did_not_write() {
    let runtime = data().join("runtime");
    let espeak = find_data(&[runtime.clone(), "/usr/lib/x86_64-linux-gnu".into(), "/usr/share".into()]);
    let Some(espeak) = espeak.filter(|_| runtime.join("libpocketsphinx.so").exists()) else {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let files = speak(folder.path(), &espeak);
    assert!(files.len() >= LEAST, "only {} sentences", files.len());
    let bin = stand_ins(folder.path());
    for mode in [&["--intent-only", "--json"][..], &["--events", "/dev/null"]] {
        let ran = listen(folder.path(), &bin, mode, &files);
        let known: BTreeSet<&str> = HARMLESS.into_iter().collect();
        let outside: Vec<_> = ran.iter().filter(|line| !known.contains(line.split(' ').next().unwrap_or(""))).collect();
        assert!(outside.is_empty(), "{mode:?}: {outside:?}");
        let asked_for = files.iter().filter(|(_, may)| may != "-").count();
        let most = asked_for + files.len() * MISHEARD_PERCENT / 100;
        println!("{mode:?}: {} attempts, {} harmless programs ran: {ran:?}", files.len(), ran.len());
        assert!(ran.len() <= most, "{mode:?}: {} harmless programs ran, {most} at most may: {ran:?}", ran.len());
    }
}
