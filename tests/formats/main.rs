//! Recordings as they are found: every container and codec, headers that were never filled in, and broken ones.

#[path = "../common/boxes.rs"]
mod boxes;
#[path = "../common/tone.rs"]
mod tone;

mod containers;
mod encoders;
mod faults;

use std::fs;
use std::path::Path;

use boxes::{Sample, chunk, plain, riff, samples};
use golem::device::wav::SoundReader;
use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead};
use tone::{strength, tone};

/// Asserts that the half second of the tone is there, up to `slack` samples more or less.
#[track_caller]
fn is_tone(name: &str, sound: &[f32], slack: usize) {
    assert!(sound.len().abs_diff(8_000) <= slack, "{name}: {} samples", sound.len());
    let strength = strength(&sound[..8_000.min(sound.len()) / 320 * 320]);
    assert!((strength - 0.5).abs() < 0.06, "{name}: {strength}");
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
