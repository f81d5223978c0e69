//! Recordings in which golem's own voice says lines, for tests with published weights.

use std::path::{Path, PathBuf};

use golem::device::wav::{SoundReader, WavWriter};

use super::real;

/// Samples a second.
const RATE: u32 = 16_000;

/// A recording in `folder` in which golem says `lines`, with a second and a half between them.
pub fn spoken(models: &Path, folder: &Path, lines: &[&str]) -> PathBuf {
    let path = folder.join("talk.wav");
    let mut talk = WavWriter::create(&path, RATE).unwrap();
    for (number, line) in lines.iter().enumerate() {
        let wav = folder.join(format!("{number}.wav"));
        let output = real::golem(models, &["say", line, "--output", &wav.display().to_string()]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut reader = SoundReader::open(&wav).unwrap();
        while let Some(frame) = reader.next_frame() {
            talk.write(&frame[..]).unwrap();
        }
        talk.write(&vec![0.0; RATE as usize * 3 / 2]).unwrap();
    }
    talk.finish().unwrap();
    path
}
