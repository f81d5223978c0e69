//! Recordings and models for the engines' tests.

use std::fs::File;
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// The path of a file or folder under `fixtures/`.
pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A file that `golem setup` installs; says that the test is skipped when it is not there.
pub(super) fn installed(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    let path = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or(home)?.join("golem").join(name);
    if !path.exists() {
        println!("skipped: {} is not installed", path.display());
        return None;
    }
    Some(path)
}

/// The samples of a mono recording, -1..=1, at its own rate.
pub(super) fn read(path: &Path) -> Vec<f32> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let stream = MediaSourceStream::new(Box::new(file), <_>::default());
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    let mut format =
        symphonia::default::get_probe().probe(&Hint::new(), stream, format, meta).expect("fixtures are readable");
    let track = format.default_track(TrackType::Audio).expect("fixtures are readable");
    let codec = track.codec_params.as_ref().expect("fixtures are readable").audio().unwrap();
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(codec, &AudioDecoderOptions::default())
        .expect("fixtures are readable");
    let (mut samples, mut piece) = (Vec::new(), Vec::new());
    while let Some(packet) = format.next_packet().expect("fixtures are readable") {
        decoder.decode(&packet).expect("fixtures are readable").copy_to_vec_interleaved(&mut piece);
        samples.extend_from_slice(&piece);
    }
    samples
}
