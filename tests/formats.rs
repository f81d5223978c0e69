//! Recordings as they are found: every container and codec, headers that were never filled in, and broken ones.

#[path = "common/boxes.rs"]
mod boxes;
#[path = "common/tone.rs"]
mod tone;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use boxes::{Sample, aiff, au, chunk, extensible, format, ima, plain, rf64, riff, rifx, samples, wave64};
use golem::device::wav::{SoundReader, read_all};
use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead};
use tone::{strength, tone};

/// Writes `bytes` and reads them as sound.
fn read(folder: &Path, name: &str, bytes: &[u8]) -> Vec<f32> {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    read_all(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Asserts that the half second of the tone is there, up to `slack` samples more or less.
#[track_caller]
fn is_tone(name: &str, sound: &[f32], slack: usize) {
    assert!(sound.len().abs_diff(8_000) <= slack, "{name}: {} samples", sound.len());
    let strength = strength(&sound[..8_000.min(sound.len()) / 320 * 320]);
    assert!((strength - 0.5).abs() < 0.06, "{name}: {strength}");
}

/// Asserts that an encoder's file holds the tone: encoders begin with silence of their own and fill their last packet up.
#[track_caller]
fn is_encoded_tone(path: &Path, sound: &[f32]) {
    let name = path.display().to_string();
    let loud = sound.iter().position(|sample| sample.abs() > 0.2).unwrap_or_default();
    let sound = &sound[loud.saturating_sub(loud % 32)..];
    is_tone(&name, &sound[..sound.len().min(7_680)], 1_400);
    assert_eq!(warnings(path), None, "{name}");
}

fn refusal(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    SoundReader::open(&path).err().unwrap_or_else(|| panic!("{name} is read")).to_string()
}

/// The reader's warning after it has read everything.
fn warnings(path: &Path) -> Option<String> {
    let mut reader = SoundReader::open(path).unwrap();
    while reader.next_frame().is_some() {}
    reader.warning()
}

fn wav(how: Sample, sound: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", &plain(how, 1, 16_000)), chunk(b"data", sound)])
}

/// Half a second of 16-bit mono at 16 kHz.
fn pcm() -> Vec<u8> {
    samples(&tone(16_000, 0.5), Sample::S16, 1, false)
}

#[test]
fn every_container_holds_samples_of_every_kind() {
    use Sample::{ALaw, F32, F64, MuLaw, S8, S16, S24, S32, U8};
    let folder = tempfile::tempdir().unwrap();
    let sound = tone(16_000, 0.5);
    let check = |name: &str, bytes: &[u8]| is_tone(name, &read(folder.path(), "file.bin", bytes), 1);
    for channels in [1, 2, 3] {
        for how in [U8, S16, S24, S32, F32, F64, ALaw, MuLaw] {
            let (little, big) = (samples(&sound, how, channels, false), samples(&sound, how, channels, true));
            let length = little.len() as u64;
            for form in [plain(how, channels, 16_000), extensible(how, channels, 16_000)] {
                check(&format!("WAV {how:?}"), &riff(&[chunk(b"fmt ", &form), chunk(b"data", &little)]));
            }
            check(&format!("RIFX {how:?}"), &rifx(&big, how, channels, 16_000));
            check(&format!("RF64 {how:?}"), &rf64(&little, length, how, channels, 16_000));
            check(&format!("W64 {how:?}"), &wave64(&little, length, how, channels, 16_000));
        }
        for (how, codec, encoding) in [
            (S8, None, 2),
            (S16, None, 3),
            (S24, None, 4),
            (S32, None, 5),
            (F32, Some(b"fl32"), 6),
            (F64, Some(b"FL64"), 7),
            (MuLaw, Some(b"ulaw"), 1),
            (ALaw, Some(b"alaw"), 27),
        ] {
            let big = samples(&sound, how, channels, true);
            let length = u32::try_from(big.len()).unwrap();
            check(&format!("AIFF {how:?}"), &aiff(&big, length, how, channels, codec));
            check(&format!("AU {how:?}"), &au(&big, length, encoding, channels, 16_000));
        }
    }
    let little = samples(&sound, S16, 2, false);
    check("AIFC sowt", &aiff(&little, u32::try_from(little.len()).unwrap(), S16, 2, Some(b"sowt")));
}

#[test]
fn lengths_that_were_never_filled_in_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let sound = pcm();
    let whole = wav(Sample::S16, &sound);
    for (all, data) in
        [(0, 0), (0, u32::MAX), (u32::MAX, u32::MAX), (36, 0), (0x7fff_ffff, 0x7fff_ffff), (0x8000_0024, 0x8000_0000)]
    {
        let mut bytes = whole.clone();
        bytes[4..8].copy_from_slice(&u32::to_le_bytes(all));
        bytes[40..44].copy_from_slice(&u32::to_le_bytes(data));
        is_tone(&format!("{all:#x} {data:#x}"), &read(folder.path(), "open.wav", &bytes), 1);
        assert_eq!(warnings(&folder.path().join("open.wav")), None, "{all:#x} {data:#x}");
    }
    let big = samples(&tone(16_000, 0.5), Sample::S16, 1, true);
    for (name, bytes) in [
        ("RF64 0", rf64(&sound, 0, Sample::S16, 1, 16_000)),
        ("W64 0", wave64(&sound, 0, Sample::S16, 1, 16_000)),
        ("W64 -1", wave64(&sound, u64::MAX - 24, Sample::S16, 1, 16_000)),
        ("AIFF 0", aiff(&big, 0, Sample::S16, 1, None)),
        ("AU -1", au(&big, u32::MAX, 3, 1, 16_000)),
    ] {
        is_tone(name, &read(folder.path(), "open.bin", &bytes), 4);
    }
}

#[test]
fn lengths_that_are_too_short_do_not_hide_what_follows_but_other_chunks_are_no_sound() {
    let folder = tempfile::tempdir().unwrap();
    let form = chunk(b"fmt ", &plain(Sample::S16, 1, 16_000));
    let sound = samples(&tone(16_000, 2.0), Sample::S16, 1, false);
    let mut stale = riff(&[form.clone(), chunk(b"data", &sound)]);
    stale[40..44].copy_from_slice(&16_000_u32.to_le_bytes());
    assert_eq!(read(folder.path(), "stale.wav", &stale).len(), 32_000, "a recorder that stopped counting");
    let notes = chunk(b"LIST", &vec![b'x'; 50_001]);
    for (name, tail) in
        [("chunk", notes.clone()), ("tag", [b"ID3\x04".to_vec(), vec![7; 40_000]].concat()), ("zeros", vec![0; 40_000])]
    {
        let mut bytes = riff(&[form.clone(), chunk(b"data", &sound)]);
        bytes.extend(tail);
        assert_eq!(read(folder.path(), "tail.wav", &bytes).len(), 32_000, "{name}");
    }
    let told = refusal(folder.path(), "empty.wav", &riff(&[form, chunk(b"data", b""), notes]));
    assert!(told.contains("holds no sound"), "{told}");
    // A recorder of five gigabytes writes a length that fits into 32 bits. A sparse file has the length without the
    // disk.
    let path = folder.path().join("long.wav");
    fs::write(&path, &stale[..44]).unwrap();
    let gigabyte = 1_u64 << 30;
    if fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(44 + 5 * gigabyte).is_err() {
        println!("skipped: this file system has no files of 5 GB");
        return;
    }
    let mut head = stale[..44].to_vec();
    head[40..44].copy_from_slice(&u32::try_from(gigabyte).unwrap().to_le_bytes());
    std::io::Write::write_all(&mut fs::OpenOptions::new().write(true).open(&path).unwrap(), &head).unwrap();
    assert_eq!(SoundReader::open(&path).unwrap().duration().unwrap().as_secs(), 5 * gigabyte / 32_000);
}

#[test]
fn odd_misplaced_and_damaged_chunks_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let form = chunk(b"fmt ", &plain(Sample::S16, 1, 16_000));
    let data = chunk(b"data", &pcm());
    let odd = chunk(b"note", b"odd");
    let unpadded = odd[..odd.len() - 1].to_vec();
    let mut lying = chunk(b"LIST", b"INFOabcd");
    lying[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let long = [plain(Sample::S16, 1, 16_000), vec![0; 24]].concat();
    for (name, chunks) in [
        ("odd", vec![odd.clone(), form.clone(), odd.clone(), data.clone()]),
        ("unpadded", vec![unpadded.clone(), form.clone(), unpadded, data.clone()]),
        ("misplaced", vec![data.clone(), form.clone()]),
        ("misplaced after an odd one", vec![odd, data.clone(), form.clone()]),
        ("lying", vec![form.clone(), lying, data.clone()]),
        ("junk", vec![chunk(b"JUNK", &vec![0; 100_000]), form, data.clone()]),
        ("long format", vec![chunk(b"fmt ", &long), data]),
    ] {
        is_tone(name, &read(folder.path(), "chunks.wav", &riff(&chunks)), 1);
    }
}

#[test]
fn dictation_recorders_and_voice_messages_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    let mut form = format(0x11, 1, 16_000, 256, 4);
    form.extend([2, 0, 249, 1]);
    let file = riff(&[chunk(b"fmt ", &form), chunk(b"data", &ima(&tone(16_000, 0.5)))]);
    is_tone("IMA ADPCM", &read(folder.path(), "ima.wav", &file), 505);
    for (rate, channels, application) in [(16_000, 1, Application::Voip), (48_000, 2, Application::Audio)] {
        let opus = opus(rate, channels, application);
        is_tone("Opus", &read(folder.path(), "voice.opus", &opus), 640);
    }
}

/// The tone as an Ogg Opus file.
fn opus(rate: u32, channels: usize, application: Application) -> Vec<u8> {
    let frame = rate as usize / 50;
    let mut encoder = OpusEncoder::new(rate.cast_signed(), channels, application).unwrap();
    encoder.bitrate_bps = 32_000;
    let mut writer = OggOpusWriter::new(Vec::new(), OpusHead::for_encoder(&encoder, rate)).unwrap();
    let mut packet = vec![0; MAX_PACKET_BYTES];
    let sound: Vec<f32> = tone(rate, 0.52).iter().flat_map(|sample| vec![*sample; channels]).collect();
    for block in sound.chunks_exact(frame * channels) {
        let length = encoder.encode(block, frame, &mut packet).unwrap();
        writer.write_packet(&packet[..length]).unwrap();
    }
    writer.finish().unwrap()
}

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

/// Reads `bytes` with each of the first 96 bytes changed, cut at many places, and with many bytes changed at once.
fn survive(folder: &Path, name: &str, whole: &[u8]) {
    let path = folder.join(name);
    let mut random = fastrand::Rng::with_seed(7);
    let attempt = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        if let Ok(mut reader) = SoundReader::open(&path) {
            // Do not read an hour that a header invents.
            for _ in 0..40 {
                let Some(frame) = reader.next_frame() else { break };
                assert!(frame.iter().all(|sample| sample.is_finite()), "{name}: no number");
            }
        }
    };
    for place in 0..96.min(whole.len()) {
        for value in [0, 0xff, random.u8(..)] {
            let mut broken = whole.to_vec();
            broken[place] = value;
            attempt(&broken);
        }
        attempt(&whole[..place]);
    }
    for _ in 0..120 {
        let mut broken = whole.to_vec();
        for _ in 0..random.usize(1..12) {
            let most = if random.bool() { broken.len() } else { broken.len().min(400) };
            let place = random.usize(..most);
            broken[place] = random.u8(..);
        }
        broken.truncate(random.usize(..=broken.len()).max(broken.len() / 2));
        attempt(&broken);
    }
}

#[test]
fn no_broken_header_brings_the_reader_down() {
    let folder = tempfile::tempdir().unwrap();
    for (name, whole) in kinds() {
        survive(folder.path(), name, &whole);
    }
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
