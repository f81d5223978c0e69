//! Sound files in every shape that people have them, and what is left behind when writing fails.

#[path = "common/tone.rs"]
mod tone;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use golem::device::wav::{SoundReader, WavWriter, read_all};
use golem::device::{AudioSource, MicFrame};
use golem::signal::frame::FRAME;
use hound::{SampleFormat, WavSpec};
use tone::{strength, tone};

/// Writes a 0.5 s tone in the given shape, the same in each channel.
fn write(path: &Path, rate: u32, bits: u16, format: SampleFormat, channels: u16) {
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: format };
    let mut wav = hound::WavWriter::create(path, spec).expect("a temporary folder can be written");
    for sample in tone(rate, 0.5) {
        for _ in 0..channels {
            match format {
                SampleFormat::Float => wav.write_sample(sample).expect("written"),
                #[allow(clippy::cast_possible_truncation)]
                SampleFormat::Int => {
                    let full = f64::from((1u32 << (bits - 1)) - 1);
                    wav.write_sample((f64::from(sample) * full) as i32).expect("written");
                }
            }
        }
    }
    wav.finalize().expect("finished");
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("readable");
    entries.map(|entry| PathBuf::from(entry.expect("an entry").file_name())).collect()
}

fn refusal(path: &Path) -> String {
    SoundReader::open(path).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn every_rate_depth_and_channel_count_sounds_the_same() {
    let folder = folder();
    let path = folder.path().join("tone.wav");
    for (rate, bits, format, channels) in [
        (8_000, 8, SampleFormat::Int, 1),
        (11_025, 16, SampleFormat::Int, 2),
        (16_000, 16, SampleFormat::Int, 1),
        (44_100, 24, SampleFormat::Int, 2),
        (48_000, 32, SampleFormat::Int, 1),
        (48_000, 32, SampleFormat::Float, 2),
        (96_000, 24, SampleFormat::Int, 6),
        (192_000, 32, SampleFormat::Float, 1),
    ] {
        write(&path, rate, bits, format, channels);
        let sound = read_all(&path).expect("readable");
        assert!(sound.len().abs_diff(8_000) <= 1, "{rate}/{bits}: {} samples", sound.len());
        let strength = strength(&sound);
        assert!((strength - 0.5).abs() < 0.02, "{rate}/{bits}/{channels}: {strength}");
    }
}

#[test]
fn a_file_comes_in_frames_the_last_one_padded() {
    let folder = folder();
    let path = folder.path().join("tone.wav");
    write(&path, 16_000, 16, SampleFormat::Int, 1);
    let mut reader = SoundReader::open(&path).expect("readable");
    assert_eq!(reader.duration(), Some(Duration::from_millis(500)));
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame() {
        frames.push(frame);
    }
    assert_eq!(frames.len(), 8_000usize.div_ceil(FRAME));
    let end = 8_000 % FRAME;
    assert!(frames.last().is_some_and(|last| last[end..].iter().all(|&sample| sample == 0.0)));
    assert_eq!(reader.position(), Duration::from_millis(16 * 32));
    assert_eq!(reader.warning(), None);
    assert_eq!(reader.next(Duration::ZERO).expect("no error"), MicFrame::End);
}

#[test]
fn what_is_not_sound_is_refused_with_a_reason() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty.wav"), "").expect("written");
    fs::write(at("text.wav"), "this is a letter, not a sound\n".repeat(400)).expect("written");
    let spec = WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
    hound::WavWriter::create(at("header.wav"), spec).and_then(hound::WavWriter::finalize).expect("written");
    assert!(refusal(&at("nothing.wav")).contains("no such file"), "{}", refusal(&at("nothing.wav")));
    assert!(refusal(&at("empty.wav")).contains("0 bytes"), "{}", refusal(&at("empty.wav")));
    assert!(refusal(&at("header.wav")).contains("holds no sound"), "{}", refusal(&at("header.wav")));
    assert!(refusal(&at("text.wav")).contains("a text, not a sound file"), "{}", refusal(&at("text.wav")));
    assert!(refusal(folder.path()).contains("is a folder"), "{}", refusal(folder.path()));
    let silly = WavSpec { sample_rate: 4_000_000_000, ..spec };
    let mut wav = hound::WavWriter::create(at("silly.wav"), silly).expect("written");
    wav.write_sample(1i16).expect("written");
    wav.finalize().expect("written");
    assert!(refusal(&at("silly.wav")).contains("sample rate"), "{}", refusal(&at("silly.wav")));
}

#[test]
fn of_a_file_cut_short_what_is_there_is_heard_and_told_once() {
    let folder = folder();
    let path = folder.path().join("cut.wav");
    write(&path, 16_000, 16, SampleFormat::Int, 1);
    let bytes = fs::read(&path).expect("readable");
    fs::write(&path, &bytes[..=bytes.len() / 2]).expect("written");
    assert!(read_all(&path).expect("readable").len() > 3_800);
    let mut reader = SoundReader::open(&path).expect("readable");
    let mut notices = Vec::new();
    loop {
        match reader.next(Duration::ZERO).expect("no error") {
            MicFrame::Notice(text) => notices.push(text),
            MicFrame::End => break,
            MicFrame::Frame(_) | MicFrame::Nothing => {}
        }
    }
    assert!(notices.len() == 1 && notices[0].contains("cut short"), "{notices:?}");
}

#[test]
fn no_cut_and_no_broken_byte_brings_the_reader_down() {
    let folder = folder();
    let path = folder.path().join("broken.wav");
    write(&path, 44_100, 24, SampleFormat::Int, 2);
    let whole = fs::read(&path).expect("readable");
    for length in (0..200).chain([1_000, 10_001]) {
        fs::write(&path, &whole[..length]).expect("written");
        let _ = read_all(&path);
    }
    for place in 0..80 {
        for value in [0, 1, 0x7f, 0xff] {
            let mut broken = whole[..4_000].to_vec();
            broken[place] = value;
            fs::write(&path, &broken).expect("written");
            let _ = read_all(&path);
        }
    }
}

#[test]
fn a_wav_from_a_pipe_with_an_open_end_is_read_without_complaint() {
    let folder = folder();
    let path = folder.path().join("pipe.wav");
    write(&path, 16_000, 16, SampleFormat::Int, 1);
    let mut bytes = fs::read(&path).expect("readable");
    bytes[4..8].fill(0xff);
    bytes[40..44].fill(0xff);
    fs::write(&path, &bytes).expect("written");
    let mut reader = SoundReader::open(&path).expect("readable");
    assert_eq!(reader.duration(), None);
    while reader.next_frame().is_some() {}
    assert_eq!(reader.warning(), None);
}

#[test]
fn real_flac_is_read() {
    let path = Path::new("../shared/speech/manifest.tsv");
    let Ok(manifest) = fs::read_to_string(path) else {
        println!("skipped: ../shared/speech is not here");
        return;
    };
    let file = manifest
        .lines()
        .filter_map(|line| line.split('\t').next())
        .find(|name| Path::new(name).extension().is_some_and(|extension| extension == "flac"));
    let file = path.with_file_name(file.expect("the manifest lists FLAC files"));
    let sound = read_all(&file).expect("readable");
    assert!(sound.len() > 8_000 && sound.iter().any(|sample| sample.abs() > 0.01));
}

#[test]
fn what_is_written_is_read_back_and_clipped() {
    let folder = folder();
    let path = folder.path().join("out.wav");
    let mut wav = WavWriter::create(&path, 16_000).expect("writable");
    wav.write(&[0.0, 0.5, -0.5, 2.0, f32::NAN]).expect("written");
    assert!(!path.exists(), "nothing half-written under the final name");
    wav.finish().expect("finished");
    let sound = read_all(&path).expect("readable");
    let wanted = [0.0, 0.5, -0.5, 1.0, 0.0];
    assert!(sound.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4), "{sound:?}");
    assert_eq!(names(folder.path()), [Path::new("out.wav")]);
}

#[test]
fn a_writer_that_is_dropped_leaves_what_was_there() {
    let folder = folder();
    let path = folder.path().join("out.wav");
    fs::write(&path, "older").expect("written");
    let mut wav = WavWriter::create(&path, 16_000).expect("writable");
    wav.write(&vec![0.5; 10_000]).expect("written");
    drop(wav);
    assert_eq!(names(folder.path()), [Path::new("out.wav")]);
    assert_eq!(fs::read_to_string(&path).expect("readable"), "older");
}

#[test]
#[cfg(target_os = "linux")]
fn devices_are_written_directly_and_a_full_disk_is_told() {
    let mut null = WavWriter::create(Path::new("/dev/null"), 16_000).expect("writable");
    null.write(&[0.5; 100]).expect("written");
    null.finish().expect("finished");
    assert!(Path::new("/dev/null").exists());
    let full = |error: golem::device::DeviceError| error.to_string().contains("disk is full");
    assert!(WavWriter::create(Path::new("/dev/full"), 16_000).is_err_and(full));
    let nowhere = WavWriter::create(Path::new("/no/such/folder/out.wav"), 16_000);
    assert!(nowhere.is_err_and(|error| error.to_string().contains("no such folder")));
}
