//! Containers, their chunks and the lengths in their headers, and voice messages.

use std::fs;
use std::path::Path;

use golem::device::wav::{SoundReader, read_all};
use opus_pure::Application;

use super::boxes::{Sample, aiff, au, chunk, extensible, format, ima, plain, rf64, riff, rifx, samples, wave64};
use super::tone::tone;
use super::{is_tone, opus, pcm, refusal, warnings, wav};

/// Writes `bytes` and reads them as sound.
fn read(folder: &Path, name: &str, bytes: &[u8]) -> Vec<f32> {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    read_all(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
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
