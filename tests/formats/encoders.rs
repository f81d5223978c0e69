//! Recordings as other programs encode them, whole and broken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use golem::device::wav::{SoundReader, read_all};

use super::boxes::Sample;
use super::{is_tone, pcm, survive, warnings, wav};

/// Asserts that an encoder's file holds the tone: encoders begin with silence of their own and fill their last packet up.
#[track_caller]
fn is_encoded_tone(path: &Path, sound: &[f32]) {
    let name = path.display().to_string();
    let loud = sound.iter().position(|sample| sample.abs() > 0.2).unwrap_or_default();
    let sound = &sound[loud.saturating_sub(loud % 32)..];
    is_tone(&name, &sound[..sound.len().min(7_680)], 1_400);
    assert_eq!(warnings(path), None, "{name}");
}

/// ffmpeg, where it is installed; says that the test is skipped where it is not.
fn ffmpeg() -> Option<PathBuf> {
    let there = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_ok_and(|status| status.success()) {
        return Some("ffmpeg".into());
    }
    println!("skipped: ffmpeg is not installed");
    None
}

/// The tone as `ffmpeg` writes it; `None` where this one lacks the encoder.
fn encoded(ffmpeg: &Path, folder: &Path, name: &str, options: &[&str]) -> Option<PathBuf> {
    let (from, to) = (folder.join("from.wav"), folder.join(name));
    fs::write(&from, wav(Sample::S16, &pcm())).unwrap();
    let mut command = Command::new(ffmpeg);
    command.args(["-loglevel", "error", "-y", "-i"]).arg(&from).args(options).arg(&to);
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if done.is_ok_and(|status| status.success()) {
        return Some(to);
    }
    println!("skipped: this ffmpeg does not write {name}");
    None
}

const WRITTEN: &[(&str, &[&str])] = &[
    ("a.mp3", &["-ar", "44100"]),
    ("a.mp2", &["-ar", "44100", "-b:a", "128k"]),
    ("a.aac", &[]),
    ("a.m4a", &["-c:a", "aac"]),
    ("b.m4a", &["-c:a", "alac"]),
    ("a.mp4", &["-c:a", "aac", "-movflags", "faststart"]),
    ("b.mp4", &["-c:a", "libopus"]),
    ("a.mov", &["-c:a", "pcm_s16be"]),
    ("b.mov", &["-c:a", "pcm_s24be"]),
    ("c.mov", &["-c:a", "pcm_f32le"]),
    ("a.ogg", &["-c:a", "libvorbis"]),
    ("b.ogg", &["-c:a", "flac"]),
    ("a.opus", &["-c:a", "libopus"]),
    ("a.mkv", &["-c:a", "libopus"]),
    ("b.mkv", &["-c:a", "libmp3lame", "-ar", "44100"]),
    ("c.mkv", &["-c:a", "pcm_s16le"]),
    ("a.webm", &["-c:a", "libvorbis"]),
    ("a.flac", &["-ar", "48000"]),
    ("a.caf", &["-c:a", "alac"]),
    ("b.caf", &["-c:a", "pcm_f32be"]),
    ("a.wav", &["-c:a", "adpcm_ms"]),
    ("b.wav", &["-c:a", "libmp3lame", "-ar", "44100"]),
    ("a.aif", &["-c:a", "adpcm_ima_qt"]),
    ("b.aif", &[]),
    ("a.w64", &["-c:a", "pcm_f64le"]),
    ("c.wav", &["-rf64", "always"]),
];

#[test]
fn every_codec_that_others_write_is_heard() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in WRITTEN {
        let Some(path) = encoded(&ffmpeg, folder.path(), name, options) else { continue };
        let sound = read_all(&path).unwrap_or_else(|error| panic!("{error}"));
        is_encoded_tone(&path, &sound);
    }
    for (name, options, codec) in [
        ("x.mkv", &["-c:a", "ac3", "-ar", "48000"][..], "AC-3"),
        ("x.wma", &[], "Windows Media"),
        ("x.ogg", &["-c:a", "libspeex"], "Speex"),
        ("x.3gp", &["-c:a", "libopencore_amrnb", "-ar", "8000"], "AMR"),
        ("x.wv", &[], "WavPack"),
        ("x.ac3", &["-ar", "48000"], "AC-3"),
    ] {
        let Some(path) = encoded(&ffmpeg, folder.path(), name, options) else { continue };
        let told = SoundReader::open(&path).err().unwrap_or_else(|| panic!("{name} is read")).to_string();
        assert!(told.contains(codec) && told.contains("ffmpeg -i"), "{name}: {told}");
    }
}

/// The tone as ffmpeg writes it in the containers that people upload, kept beside the tests.
#[test]
fn what_people_upload_is_heard() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/audio/encoded");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        is_encoded_tone(&path, &read_all(&path).unwrap_or_else(|error| panic!("{error}")));
        names.push(path.extension().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(names, ["m4a", "mp3", "mp4", "ogg", "opus", "webm"]);
}

#[test]
fn nothing_that_others_write_brings_the_reader_down_when_it_is_broken() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in WRITTEN {
        let Some(path) = encoded(&ffmpeg, folder.path(), name, options) else { continue };
        survive(folder.path(), name, &fs::read(path).unwrap());
    }
}
