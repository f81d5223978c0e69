//! Recordings that golem cannot read, that are cut short, or whose headers are broken.

use std::fs;

use opus_pure::Application;

use super::boxes::{Sample, aiff, au, chunk, extensible, format, ima, rf64, riff, rifx, samples, wave64};
use super::tone::tone;
use super::{opus, pcm, refusal, survive, warnings, wav};

#[test]
fn what_cannot_be_read_is_named_with_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    let gsm = riff(&[chunk(b"fmt ", &format(0x31, 1, 8_000, 65, 0)), chunk(b"data", &[0x55; 650])]);
    for (name, bytes, words) in [
        ("gsm.wav", gsm, "GSM 6.10 in WAV, which golem cannot read; convert it: ffmpeg -i"),
        (
            "call.amr",
            b"#!AMR\n\x3c\x00\x00".to_vec(),
            "an AMR recording, which golem cannot read; convert it: ffmpeg -i",
        ),
        ("talk.wma", [&b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"[..], &[0; 200]].concat(), "a Windows Media file"),
        ("aiff.aif", aiff(&[0; 64], 64, Sample::S16, 1, Some(b"QDM2")), "the codec \"QDM2\" in AIFC"),
        ("page.pdf", b"%PDF-1.7 and more".to_vec(), "a PDF document; name a recording"),
        ("text.wav", b"just some words\n".to_vec(), "a text, not a sound file"),
        ("noise.bin", vec![0x01; 5_000], "not a sound file that golem knows"),
        ("no-format.wav", riff(&[chunk(b"data", &pcm())]), "not as it should be"),
    ] {
        let told = refusal(folder.path(), name, &bytes);
        assert!(told.contains(words), "{name}: {told}");
        assert!(told.contains(name), "{told}");
    }
    let zero = riff(&[chunk(b"fmt ", &format(1, 0, 16_000, 0, 16)), chunk(b"data", &pcm())]);
    assert!(refusal(folder.path(), "zero.wav", &zero).contains("its format makes no sense"));
}

#[test]
fn what_is_cut_short_is_told_and_the_rest_heard() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.bin");
    let sound = pcm();
    let big = samples(&tone(16_000, 0.5), Sample::S16, 1, true);
    for (name, whole) in [
        ("WAV", wav(Sample::S16, &sound)),
        ("RF64", rf64(&sound, 16_000, Sample::S16, 1, 16_000)),
        ("W64", wave64(&sound, 16_000, Sample::S16, 1, 16_000)),
        ("AIFF", aiff(&big, 16_000, Sample::S16, 1, None)),
        ("AU", au(&big, 16_000, 3, 1, 16_000)),
    ] {
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let told = warnings(&path).unwrap_or_default();
        assert!(told.contains("cut short: 0.2 of 0.5 seconds are there"), "{name}: {told}");
    }
}

/// Every kind that the tests can write by themselves.
fn kinds() -> Vec<(&'static str, Vec<u8>)> {
    let sound = pcm();
    let big = samples(&tone(16_000, 0.5), Sample::S16, 1, true);
    let mut form = format(0x11, 1, 16_000, 256, 4);
    form.extend([2, 0, 249, 1]);
    vec![
        ("wav", riff(&[chunk(b"fmt ", &extensible(Sample::S24, 2, 16_000)), chunk(b"data", &sound)])),
        ("ima", riff(&[chunk(b"fmt ", &form), chunk(b"data", &ima(&tone(16_000, 0.5)))])),
        ("rifx", rifx(&big, Sample::S16, 1, 16_000)),
        ("rf64", rf64(&sound, 16_000, Sample::S16, 1, 16_000)),
        ("w64", wave64(&sound, 16_000, Sample::S16, 1, 16_000)),
        ("aif", aiff(&big, 16_000, Sample::S16, 1, None)),
        ("aifc", aiff(&big, 16_000, Sample::S16, 1, Some(b"ima4"))),
        ("au", au(&big, 16_000, 3, 1, 16_000)),
        ("opus", opus(16_000, 1, Application::Voip)),
        ("stereo.opus", opus(48_000, 2, Application::Audio)),
    ]
}

#[test]
fn no_broken_header_brings_the_reader_down() {
    let folder = tempfile::tempdir().unwrap();
    for (name, whole) in kinds() {
        survive(folder.path(), name, &whole);
    }
}
