//! Kinds of files by their first bytes, and the advice on files that golem cannot read.

use std::io::{Read, SeekFrom};
use std::path::Path;

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known as known;
use symphonia::core::io::MediaSource;

/// Bytes at either end of an MP4 file in which its codec is looked for.
const SEARCH: u64 = 1 << 20;

/// Bytes of a sample description that are enough to find its codec.
const DESCRIPTION: usize = 300;

/// Signatures of kinds of files: the place, the bytes there, and the kind. Longer and rarer ones come first.
const SIGNS: &[(usize, &[u8], &str)] = &[
    (8, b"AVI ", "an AVI film"),
    (0, b"RIFF", "a RIFF file"),
    (0, b"RF64", "an RF64 file"),
    (0, b"BW64", "an RF64 file"),
    (0, b"RIFX", "a RIFX file"),
    (0, b"riff", "a Wave64 file"),
    (0, b"FORM", "an AIFF file"),
    (0, b".snd", "an AU file"),
    (0, b"caff", "a Core Audio file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"OggS", "an Ogg file"),
    (4, b"ftyp", "an MP4 file"),
    (4, b"moov", "a QuickTime film"),
    (4, b"mdat", "a QuickTime film"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"ID3", "an MP3 file"),
    (0, b"#!AMR", "an AMR recording"),
    (0, b"#!SILK", "a SILK recording"),
    (1, b"#!SILK", "a SILK recording"),
    (0, b"MAC ", "a Monkey's Audio file"),
    (0, b"wvpk", "a WavPack file"),
    (0, b"TTA1", "a True Audio file"),
    (0, b"MPCK", "a Musepack file"),
    (0, b"MP+", "a Musepack file"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (0, b".RMF", "a RealMedia file"),
    (0, b".ra\xfd", "a RealAudio file"),
    (0, b"Creative Voice File", "a Creative Voice file"),
    (0, b"FLV\x01", "a Flash film"),
    (0, b"DSD ", "a DSD file"),
    (0, b"FRM8", "a DSD file"),
    (0, b"ADIF", "a file of bare AAC"),
    (0, b"\x0bw", "a file of bare AC-3"),
    (0, b"\x7f\xfe\x80\x01", "a file of bare DTS"),
    (0, b"\x00\x00\x01\xba", "an MPEG film"),
    (0, b"NIST_1A", "a NIST SPHERE file"),
];
/// Signatures of files that are not recordings.
const OTHERS: &[(&[u8], &str)] = &[
    (b"MThd", "notes (MIDI), not sound"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or a document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
];

/// Where the first packet of an Ogg file begins: RFC 3533, a page with one segment.
const OGG_PACKET: usize = 28;

/// The reason to refuse a file whose first bytes are `head`. `broken` says what is wrong with a file of a readable
/// kind.
pub(super) fn refusal(path: &Path, head: &[u8], broken: Option<&str>) -> String {
    if let Some((_, what)) = OTHERS.iter().find(|(sign, _)| head.starts_with(sign)) {
        return format!("it is {what}; name a recording");
    }
    let has = |place: usize, sign: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(sign));
    if has(OGG_PACKET, b"Speex") {
        return format!("it is an Ogg file with Speex, which golem cannot read; {}", advice(path));
    }
    let sign = SIGNS.iter().find(|(place, sign, _)| has(*place, sign));
    match (sign, broken) {
        (Some((.., what)), None) => format!("it is {what}, which golem cannot read; {}", advice(path)),
        (Some((.., what)), Some(reason)) => {
            format!("it is {what}, but not as it should be ({reason}); {}", advice(path))
        }
        (None, _) if is_text(head) => "it is a text, not a sound file; name a recording".into(),
        (None, _) => format!("it is not a sound file that golem knows; if it is a recording, {}", advice(path)),
    }
}

/// The reason to refuse a file in which the codec `codec` was found.
pub(super) fn unreadable(path: &Path, kind: &str, codec: &str) -> String {
    format!("its sound is {codec} in {kind}, which golem cannot read; {}", advice(path))
}

/// The command that makes a file which golem can read.
fn advice(path: &Path) -> String {
    let (from, to) = if path == Path::new("-") {
        ("-".into(), "FILE.wav".into())
    } else {
        let to = path.with_extension("wav");
        let to = if to == path { path.with_extension("pcm.wav") } else { to };
        (quoted(path), quoted(&to))
    };
    format!("convert it: ffmpeg -i {from} {to}")
}

/// A path, quoted for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+,@%".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn is_text(head: &[u8]) -> bool {
    let letter = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\n' | b'\r' | b'\t');
    let whole = head.utf8_chunks().next().is_some_and(|chunk| chunk.valid().len() + 4 > head.len());
    whole && head.iter().all(letter)
}

/// The name of a codec.
pub(super) fn codec(id: AudioCodecId) -> String {
    let name = match id {
        known::CODEC_ID_AAC => "AAC",
        known::CODEC_ID_AC3 => "AC-3",
        known::CODEC_ID_AC4 => "AC-4",
        known::CODEC_ID_ADPCM_G722 => "G.722",
        known::CODEC_ID_ADPCM_G726 | known::CODEC_ID_ADPCM_G726LE => "G.726 ADPCM",
        known::CODEC_ID_ALAC => "ALAC",
        known::CODEC_ID_ATRAC1 | known::CODEC_ID_ATRAC3 | known::CODEC_ID_ATRAC3PLUS => "ATRAC",
        known::CODEC_ID_COOK | known::CODEC_ID_RA10 | known::CODEC_ID_RA20 | known::CODEC_ID_SIPR => "RealAudio",
        known::CODEC_ID_DCA => "DTS",
        known::CODEC_ID_EAC3 => "E-AC-3",
        known::CODEC_ID_FLAC => "FLAC",
        known::CODEC_ID_MONKEYS_AUDIO => "Monkey's Audio",
        known::CODEC_ID_MP1 | known::CODEC_ID_MP2 | known::CODEC_ID_MP3 => "MPEG audio",
        known::CODEC_ID_MUSEPACK => "Musepack",
        known::CODEC_ID_OPUS => "Opus",
        known::CODEC_ID_SPEEX => "Speex",
        known::CODEC_ID_TRUEHD => "TrueHD",
        known::CODEC_ID_TTA => "True Audio",
        known::CODEC_ID_VORBIS => "Vorbis",
        known::CODEC_ID_WAVPACK => "WavPack",
        known::CODEC_ID_WMA => "Windows Media Audio",
        _ => return format!("a codec that golem does not know ({id})"),
    };
    name.into()
}

/// The codec of an MP4 file by the name of its sample description, for codecs that its reader does not name.
pub(super) fn in_mp4(source: &mut dyn MediaSource) -> Option<String> {
    let described = descriptions(source);
    let name = described.iter().find_map(|description| match &description[16..20] {
        b"samr" => Some("AMR"),
        b"sawb" | b"sawp" => Some("AMR-WB"),
        b"ac-3" => Some("AC-3"),
        b"ec-3" => Some("E-AC-3"),
        b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" => Some("DTS"),
        b"agsm" => Some("GSM 6.10"),
        b"QDM2" | b"QDMC" => Some("QDesign Music"),
        b"Qclp" | b"sqcp" => Some("QCELP"),
        b"spex" => Some("Speex"),
        _ => None,
    });
    name.map(Into::into)
}

/// Whether the samples of a QuickTime film are big-endian although its reader takes them for little-endian. Samples of
/// more than 16 bits are, unless an atom called `enda` says otherwise.
pub(super) fn is_big_endian(source: &mut dyn MediaSource) -> bool {
    descriptions(source).iter().any(|description| {
        let wide = matches!(&description[16..20], b"in24" | b"in32" | b"fl32" | b"fl64");
        wide && !description.windows(6).any(|window| window == b"enda\0\x01")
    })
}

/// The sample descriptions of an MP4 file, at least 20 bytes of each.
fn descriptions(source: &mut dyn MediaSource) -> Vec<Vec<u8>> {
    let length = source.byte_len().unwrap_or_default();
    let mut found = Vec::new();
    for start in [0, length.saturating_sub(SEARCH)] {
        let mut bytes = Vec::new();
        let read =
            source.seek(SeekFrom::Start(start)).and_then(|_| (&mut *source).take(SEARCH).read_to_end(&mut bytes));
        if read.is_err() {
            continue;
        }
        let places = bytes.windows(20).enumerate().filter(|(_, window)| window.starts_with(b"stsd"));
        found.extend(places.map(|(place, _)| bytes[place..(place + DESCRIPTION).min(bytes.len())].to_vec()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_with_what_to_type() {
        let told = |path: &str, head: &[u8], broken| refusal(Path::new(path), head, broken);
        assert_eq!(
            told("call.amr", b"#!AMR\n\x3c", None),
            "it is an AMR recording, which golem cannot read; convert it: ffmpeg -i call.amr call.wav"
        );
        assert!(
            told("my talk.wma", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", None)
                .ends_with("ffmpeg -i 'my talk.wma' 'my talk.wav'")
        );
        let speex = [&b"OggS"[..], &[0; 24], b"Speex   1.2"].concat();
        assert!(told("a.spx", &speex, Some("unexpected end of file")).contains("with Speex, which golem cannot read"));
        assert!(told("x.wav", b"OggS\0\0", Some("no page")).contains("an Ogg file, but not as it should be (no page)"));
        assert!(told("x.wav", b"nothing\x00\x01", None).ends_with("ffmpeg -i x.wav x.pcm.wav"));
        assert!(told("x.wav", "Привет, мир\n".as_bytes(), None).contains("a text"));
        assert!(told("-", b"fLaC", Some("cut")).ends_with("ffmpeg -i - FILE.wav"));
        assert!(told("a.pdf", b"%PDF-1.7", None).contains("a PDF document; name a recording"));
        assert_eq!(
            unreadable(Path::new("it's.wav"), "WAV", "GSM 6.10"),
            r"its sound is GSM 6.10 in WAV, which golem cannot read; convert it: ffmpeg -i 'it'\''s.wav' 'it'\''s.pcm.wav'"
        );
    }
}
