//! Transcriptions and translations: every form of answer, and every language, container and shape of an upload.

use serde_json::{Value, json};

use super::boxes::{Sample, chunk, plain, riff, samples};
use super::place::root;
use super::served::{Served, installed, post};
use super::sockets::pcm;
use super::{QUESTION, TRANSCRIPTIONS, WORDS, fixture, refused, sound};

const TRANSLATIONS: &str = "/v1/audio/translations";

/// A WAV file of 16 bits.
fn wav(sound: &[f32], rate: u32) -> Vec<u8> {
    let bytes = samples(sound, Sample::S16, 1, false);
    riff(&[chunk(b"fmt ", &plain(Sample::S16, 1, rate)), chunk(b"data", &bytes)])
}

#[test]
fn words_come_in_every_form() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    assert!(golem.told.contains("curl http://127.0.0.1:") && golem.told.contains("ears: Whisper"), "{}", golem.told);
    let bytes = fixture(QUESTION);
    let ask = |fields: &[(&str, &str)]| {
        let fields = [&[("model", "whisper-1"), ("language", "en")], fields].concat();
        let answer = golem.form(TRANSCRIPTIONS, Some(("question.flac", &bytes)), &fields);
        assert_eq!(answer.status, 200, "{fields:?}: {}", answer.text());
        answer
    };
    let plain = ask(&[]);
    assert!(plain.head.contains("content-type: application/json"), "{}", plain.head);
    assert_eq!(plain.json()["text"], WORDS);
    assert_eq!(plain.json()["usage"]["type"], "duration");
    assert_eq!(ask(&[("response_format", "text")]).text(), format!("{WORDS}\n"));
    let srt = ask(&[("response_format", "srt")]).text();
    assert!(srt.starts_with("1\n00:00:0") && srt.contains(" --> ") && srt.contains(WORDS), "{srt}");
    let vtt = ask(&[("response_format", "vtt")]);
    assert!(vtt.text().starts_with("WEBVTT\n\n00:") && vtt.head.contains("text/vtt"), "{}", vtt.text());
    let verbose = ask(&[("response_format", "verbose_json"), ("timestamp_granularities[]", "segment")]).json();
    assert_eq!((&verbose["language"], &verbose["task"]), (&json!("en"), &json!("transcribe")));
    let segment = &verbose["segments"][0];
    assert_eq!(segment["text"], WORDS);
    assert!(segment["start"].as_f64().unwrap() < segment["end"].as_f64().unwrap(), "{segment}");
    assert!(segment["end"].as_f64().unwrap() <= verbose["duration"].as_f64().unwrap() + 0.04, "{verbose}");
    let timed = ask(&[("response_format", "verbose_json"), ("timestamp_granularities[]", "word")]).json();
    let words: Vec<&str> =
        timed["words"].as_array().unwrap().iter().map(|word| word["word"].as_str().unwrap()).collect();
    assert_eq!(words.join(" "), WORDS);
    assert!(timed["words"][0]["start"].as_f64() < timed["words"][4]["end"].as_f64(), "{timed}");
    let stream = ask(&[("stream", "true")]);
    assert!(stream.head.contains("text/event-stream"), "{}", stream.head);
    let events: Vec<Value> = stream
        .text()
        .split("\n\n")
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
        .collect();
    assert_eq!(events.first().unwrap(), &json!({"type": "transcript.text.delta", "delta": WORDS}));
    assert_eq!((&events[1]["type"], &events[1]["text"]), (&json!("transcript.text.done"), &json!(WORDS)));
}

#[test]
fn languages_are_the_clients_and_silence_has_no_words() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let russian = fixture("24-espeak-ru-f1.flac");
    let file = Some(("talk.flac", &russian[..]));
    let verbose = golem.form(TRANSCRIPTIONS, file, &[("language", "ru"), ("response_format", "verbose_json")]).json();
    assert_eq!((&verbose["text"], &verbose["language"]), (&json!("Какая сегодня погода?"), &json!("ru")));
    // Without a language, asr detects it; the next request is not bound to it.
    assert_eq!(golem.form(TRANSCRIPTIONS, file, &[]).json()["text"], "Какая сегодня погода?");
    let english = fixture(QUESTION);
    let heard = golem.form(TRANSCRIPTIONS, Some(("talk.flac", &english)), &[("language", "en-US")]);
    assert_eq!(heard.json()["text"], WORDS);
    refused(&golem.form(TRANSCRIPTIONS, file, &[("language", "xx")]), 400, "\"xx\"");
    let silence = wav(&vec![0.0; 48_000], 16_000);
    let silent = golem.form(TRANSCRIPTIONS, Some(("silence.wav", &silence)), &[("response_format", "verbose_json")]);
    assert_eq!((&silent.json()["text"], &silent.json()["duration"]), (&json!(""), &json!(3.008)));
    let timed = [("language", "ru"), ("response_format", "verbose_json"), ("timestamp_granularities[]", "word")];
    let silent = golem.form(TRANSCRIPTIONS, Some(("silence.wav", &silence)), &timed).json();
    assert_eq!((&silent["language"], &silent["words"], &silent["text"]), (&json!("ru"), &json!([]), &json!("")));
    let stream = golem.form(TRANSCRIPTIONS, Some(("silence.wav", &silence)), &[("stream", "true")]).text();
    assert!(stream.contains("transcript.text.done") && !stream.contains("delta"), "{stream}");
    // The little model has a token for translations, whatever it makes of it.
    let translated = golem.form(TRANSLATIONS, file, &[("response_format", "verbose_json")]);
    assert_eq!((translated.status, &translated.json()["language"]), (200, &json!("english")), "{}", translated.text());
}

#[test]
fn uploads_come_in_every_container_and_shape() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let speech = sound(QUESTION);
    let stereo = samples(&speech, Sample::F32, 2, false);
    let high: Vec<f32> = speech.iter().flat_map(|sample| [*sample; 3]).collect();
    let mut open = wav(&speech, 16_000);
    open[4..8].fill(0xff);
    open[40..44].fill(0xff);
    for (name, bytes) in [
        ("question.flac", fixture(QUESTION)),
        ("question.wav", wav(&speech, 16_000)),
        ("question.mp3", wav(&speech, 16_000)),
        ("no ending", wav(&speech, 16_000)),
        ("open.wav", open),
        ("float.wav", riff(&[chunk(b"fmt ", &plain(Sample::F32, 2, 16_000)), chunk(b"data", &stereo)])),
        ("high.wav", wav(&high, 48_000)),
        ("question.ogg", opus(&speech)),
    ] {
        let answer = golem.form(TRANSCRIPTIONS, Some((name, &bytes)), &[("language", "en")]);
        assert_eq!(answer.json()["text"], WORDS, "{name}");
    }
    for kind in ["audio/pcm", "audio/raw"] {
        let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"question.pcm\"";
        let head = format!("{head}\r\nContent-Type: {kind}\r\n\r\n");
        let end = "\r\n--xyz\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nen\r\n--xyz--\r\n";
        let body = [head.as_bytes(), &pcm(&speech), end.as_bytes()].concat();
        let answer = golem.ask(&post(TRANSCRIPTIONS, "multipart/form-data; boundary=xyz", &body, ""));
        assert_eq!(answer.json()["text"], WORDS, "{kind}");
    }
    // A tone, as ffmpeg writes it.
    for name in ["tone.mp3", "tone.m4a", "tone.mp4", "tone.ogg", "tone.opus", "tone.webm"] {
        let bytes = std::fs::read(root().join("fixtures/audio/encoded").join(name)).unwrap();
        let answer = golem.form(TRANSCRIPTIONS, Some((name, &bytes)), &[("response_format", "verbose_json")]);
        let seconds = answer.json()["duration"].as_f64().unwrap_or_default();
        assert!(answer.status == 200 && (0.4..0.7).contains(&seconds), "{name}: {}", answer.text());
    }
}

/// Ogg with Opus, as messengers send it.
fn opus(speech: &[f32]) -> Vec<u8> {
    use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead};
    let mut encoder = OpusEncoder::new(16_000, 1, Application::Voip).unwrap();
    let mut writer = OggOpusWriter::new(Vec::new(), OpusHead::for_encoder(&encoder, 16_000)).unwrap();
    let mut packet = vec![0; MAX_PACKET_BYTES];
    let padded: Vec<f32> = speech.iter().copied().chain(vec![0.0; 640]).collect();
    for frame in padded.chunks_exact(320) {
        let length = encoder.encode(frame, 320, &mut packet).unwrap();
        writer.write_packet(&packet[..length]).unwrap();
    }
    writer.finish().unwrap()
}
