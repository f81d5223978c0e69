//! The speech server as other programs meet it: every form of answer, errors in the shape that clients parse, limits,
//! tokens, clients that leave or lie, and an orderly end.

#[path = "common/boxes.rs"]
mod boxes;
#[path = "common/place.rs"]
mod place;
#[path = "common/real.rs"]
mod real;
#[path = "common/served.rs"]
mod served;
#[path = "common/wyoming.rs"]
mod wyoming;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::time::Duration;

use boxes::{Sample, chunk, plain, riff, samples};
use golem::device::wav::read_all;
use place::root;
use serde_json::{Value, json};
use served::{Answer, Served, form, installed, micro, post};
use wyoming::{Wyoming, heard};

const TRANSCRIPTIONS: &str = "/v1/audio/transcriptions";
const TRANSLATIONS: &str = "/v1/audio/translations";
const SPEECH: &str = "/v1/audio/speech";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(root().join("fixtures/audio/whisper").join(name)).unwrap()
}

/// A recording, and what is said in it.
const QUESTION: &str = "05-flite-rms.flac";
const WORDS: &str = "Who wrote Romeo and Juliet?";

/// A WAV file of 16 bits.
fn wav(sound: &[f32], rate: u32) -> Vec<u8> {
    let bytes = samples(sound, Sample::S16, 1, false);
    riff(&[chunk(b"fmt ", &plain(Sample::S16, 1, rate)), chunk(b"data", &bytes)])
}

fn sound(name: &str) -> Vec<f32> {
    read_all(&root().join("fixtures/audio/whisper").join(name)).unwrap()
}

/// Checks the shape of an error.
#[track_caller]
fn refused(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let error = &answer.json()["error"];
    assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    for key in ["type", "param", "code"] {
        assert!(error.get(key).is_some(), "{key}: {error}");
    }
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

#[test]
fn what_is_wrong_is_said_in_the_shape_that_clients_parse() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.max_upload_mb=1", "--set", "serve.max_minutes=1"]);
    let bytes = fixture(QUESTION);
    let file = Some(("question.flac", &bytes[..]));
    refused(&golem.form(TRANSCRIPTIONS, None, &[("model", "whisper-1")]), 400, "field file");
    refused(&golem.form(TRANSCRIPTIONS, Some(("a.wav", b"")), &[]), 400, "empty");
    let text = b"these are only words, not sound, and many of them";
    let unreadable = golem.form(TRANSCRIPTIONS, Some(("a.wav", text)), &[]);
    refused(&unreadable, 400, "not a sound file");
    assert!(!unreadable.text().contains("golem-upload"), "{}", unreadable.text());
    refused(&golem.form(TRANSCRIPTIONS, file, &[("response_format", "docx")]), 400, "verbose_json");
    refused(&golem.form(TRANSCRIPTIONS, file, &[("model", "large-v3")]), 404, "/v1/models");
    refused(&golem.form(TRANSCRIPTIONS, file, &[("timestamp_granularities[]", "word")]), 400, "verbose_json");
    refused(&golem.post(TRANSCRIPTIONS, "{}"), 400, "multipart/form-data");
    refused(
        &golem.ask(&post(TRANSCRIPTIONS, "multipart/form-data; boundary=xyz", b"--xyz\r\nbroken", "")),
        400,
        "broken",
    );
    refused(&golem.form(TRANSCRIPTIONS, Some(("big.wav", &vec![0; 3 << 20])), &[]), 413, "1 MB");
    // 8-bit sound of 75 s is smaller than a megabyte and longer than a minute.
    let long = samples(&vec![0.0; 75 * 8_000], Sample::U8, 1, false);
    let long = riff(&[chunk(b"fmt ", &plain(Sample::U8, 1, 8_000)), chunk(b"data", &long)]);
    refused(&golem.form(TRANSCRIPTIONS, Some(("long.wav", &long)), &[]), 413, "1 minutes");
    refused(&golem.get("/v1/nothing"), 404, "/v1/models");
    refused(&golem.get(TRANSCRIPTIONS), 405, "POST");
    refused(&golem.get("/v1/models/nothing"), 404, "nothing");
    refused(&golem.post(SPEECH, "{\"input\": \"Hi\", \"response_format\": \"mp3\"}"), 400, "wav, pcm, flac, opus");
    refused(&golem.post(SPEECH, "{\"input\": \"Hi\", \"voice\": \"nobody\"}"), 400, "/v1/audio/voices");
    refused(&golem.post(SPEECH, "nonsense"), 400, "Good morning");
    let foreign = b"GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    refused(&golem.ask(foreign), 403, "token");
    let figures = golem.get("/metrics").text();
    assert!(figures.contains("golem_serve_errors_total{status=\"413\"} 2\n"), "{figures}");
}

#[test]
fn texts_are_spoken_and_heard_again() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let text = "Good morning to you. This is the second sentence, and it is longer.";
    let spoken = golem.post(SPEECH, &json!({"model": "tts-1", "voice": "alloy", "input": text}).to_string());
    assert_eq!(spoken.status, 200, "{}", spoken.text());
    assert!(spoken.head.contains("content-type: audio/wav") && spoken.head.contains("chunked"), "{}", spoken.head);
    let folder = tempfile::tempdir().unwrap();
    let length = |answer: &Answer| {
        let path = folder.path().join("speech.wav");
        fs::write(&path, &answer.body).unwrap();
        read_all(&path).unwrap().len()
    };
    let usual = length(&spoken);
    assert!(usual > 2 * 16_000, "{usual} samples");
    let fast = golem.post(SPEECH, &json!({"input": text, "speed": 2.0, "response_format": "wav"}).to_string());
    assert!(length(&fast) * 3 < usual * 2, "{} of {usual}", length(&fast));
    let pcm = golem.post(SPEECH, &json!({"input": text, "response_format": "pcm"}).to_string());
    #[allow(clippy::cast_precision_loss)]
    let seconds = |samples: usize, rate: usize| samples as f64 / rate as f64;
    let (raw, own) = (seconds(pcm.body.len() / 2, 24_000), seconds(usual, 16_000));
    assert!((raw - own).abs() < 0.05, "{raw} s and {own} s");
    let flac = golem.post(SPEECH, &json!({"input": text, "response_format": "flac"}).to_string());
    assert!(flac.body.starts_with(b"fLaC") && flac.head.contains("audio/flac"), "{}", flac.head);
    // The voice does not breathe for exactly as long each time.
    let again = seconds(length(&flac), 16_000);
    assert!((again - own).abs() < 0.05, "{again} s and {own} s");
    assert!(flac.body.len() * 4 < spoken.body.len() * 3, "{} of {}", flac.body.len(), spoken.body.len());
    let opus = golem.post(SPEECH, &json!({"input": text, "response_format": "opus"}).to_string());
    assert!(opus.body.starts_with(b"OggS") && opus.head.contains("audio/ogg"), "{}", opus.head);
    assert!(opus.body.len() * 4 < flac.body.len(), "{} of {}", opus.body.len(), flac.body.len());
    assert!((seconds(length(&opus), 16_000) - again).abs() < 0.1);
    let voices = golem.get("/v1/audio/voices").json();
    assert!(voices["voices"].as_array().unwrap().iter().any(|voice| voice["language"] == "en-us"), "{voices}");
    let british = golem.post(SPEECH, &json!({"input": text, "voice": "en-gb"}).to_string());
    assert_eq!(british.status, 200, "{}", british.text());
}

#[test]
fn models_health_and_figures_are_told() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let models = golem.get("/v1/models").json();
    let ids: Vec<_> = models["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["whisper-micro", "whisper-1", "tts-1"]);
    assert_eq!(golem.get("/v1/models/whisper-1").json()["object"], "model");
    assert_eq!(golem.get("/v1/models/Systran/faster-whisper-micro").status, 200);
    assert_eq!(golem.get("/health").json()["status"], "ok");
    assert_eq!(golem.get("/ready").json()["status"], "ready");
    let figures = golem.get("/metrics");
    assert!(figures.head.contains("text/plain; version=0.0.4"), "{}", figures.head);
    assert!(figures.text().contains("golem_serve_requests_total{endpoint=\"other\"} 5\n"), "{}", figures.text());
}

#[test]
fn a_token_is_wanted_where_there_is_one_and_beyond_this_machine() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-word\n").unwrap();
    let golem = Served::micro(&["--token-file", token.to_str().unwrap()]);
    assert!(golem.told.contains("Bearer $TOKEN"), "{}", golem.told);
    refused(&golem.get("/v1/models"), 401, "Authorization: Bearer");
    let bytes = fixture(QUESTION);
    refused(&golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[]), 401, "Bearer");
    assert_eq!(golem.get("/health").status, 200);
    let shown = form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[], "Authorization: Bearer secret-word\r\n");
    assert_eq!(golem.ask(&shown).status, 200);
    for (arguments, words) in [
        (&["--bind", "0.0.0.0:0"][..], "--token-file"),
        (&["--bind", "0.0.0.0:0", "--wyoming"], "serve.wyoming_allow"),
        (&["--bind", "8880"], "--bind 127.0.0.1:8880"),
        (&["--token-file", "/nonexistent"], "/nonexistent"),
        (&["--set", "serve.protocols=[]"], "golem serve --openai"),
    ] {
        let output = micro(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let again = micro(&["--bind", &golem.http.to_string()]).output().unwrap();
    assert_eq!(again.status.code(), Some(1), "{}", String::from_utf8_lossy(&again.stderr));
}

/// A request whose end is not sent yet.
fn begun(golem: &Served) -> TcpStream {
    let whole = form(TRANSCRIPTIONS, Some(("a.flac", &fixture(QUESTION))), &[("language", "en")], "");
    let mut stream = golem.connect();
    stream.write_all(&whole[..whole.len() - 20]).unwrap();
    stream
}

#[test]
fn beyond_the_limit_golem_is_busy_and_a_client_that_leaves_makes_room() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "1"]);
    let bytes = fixture(QUESTION);
    let slow = begun(&golem);
    let sessions = |golem: &Served| golem.figure("golem_serve_sessions");
    while sessions(&golem) == 0 {
        std::thread::yield_now();
    }
    let busy = golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[]);
    refused(&busy, 429, "limit");
    assert!(busy.head.contains("retry-after: 1"), "{}", busy.head);
    assert_eq!(golem.post(SPEECH, "{\"input\": \"Hi\"}").status, 429);
    drop(slow);
    while sessions(&golem) > 0 {
        std::thread::yield_now();
    }
    assert_eq!(golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[]).status, 200);
}

#[test]
fn garbage_and_clients_that_leave_harm_no_one() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let head = format!(
        "POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    );
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    for bytes in [
        &b"nonsense\r\n\r\n"[..],
        &hello,
        &vec![0xff; 100_000],
        &vec![b'A'; 1 << 20],
        format!("{head}Content-Length: 99999999999999\r\n\r\n").as_bytes(),
        format!("{head}Content-Length: 50\r\n\r\n--x\r\n").as_bytes(),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n").as_bytes(),
    ] {
        let mut stream = golem.connect();
        // Ignore errors: golem may hang up in the middle.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let mut stream = TcpStream::connect(golem.wyoming).unwrap();
        let _ = stream.write_all(bytes);
    }
    let silent: Vec<_> = (0..20).map(|_| (golem.connect(), TcpStream::connect(golem.wyoming).unwrap())).collect();
    // Clients that leave in the middle of their upload, and while they are served.
    for _ in 0..4 {
        drop(begun(&golem));
        let mut stream = golem.connect();
        stream.write_all(&form(TRANSCRIPTIONS, Some(("a.flac", &fixture(QUESTION))), &[], "")).unwrap();
    }
    let bytes = fixture(QUESTION);
    loop {
        let answer = golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[("language", "en")]);
        if answer.status == 200 {
            assert_eq!(answer.json()["text"], WORDS);
            break;
        }
        assert_eq!(answer.status, 429, "{}", answer.text());
    }
    drop(silent);
}

#[test]
fn clients_are_served_side_by_side_and_each_gets_its_own_words() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "8", "--set", "serve.recognisers=2"]);
    let manifest = fs::read_to_string(root().join("fixtures/audio/whisper/manifest.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = manifest.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let rows: Vec<_> = rows.into_iter().filter(|row| row[2].len() > 12).collect();
    std::thread::scope(|scope| {
        for part in rows.chunks(rows.len().div_ceil(6)) {
            let golem = &golem;
            scope.spawn(move || {
                for row in part {
                    let bytes = fixture(row[0]);
                    let answer = golem.form(TRANSCRIPTIONS, Some((row[0], &bytes)), &[("language", row[1])]);
                    assert_eq!(answer.json()["text"], row[2], "{}", row[0]);
                }
            });
        }
    });
}

#[test]
fn a_signal_lets_what_is_being_heard_end_first() {
    if !installed() {
        return;
    }
    let mut golem = Served::micro(&[]);
    let whole = form(TRANSCRIPTIONS, Some(("a.flac", &fixture(QUESTION))), &[("language", "en")], "");
    let mut stream = begun(&golem);
    while golem.get("/metrics").text().contains("golem_serve_sessions 0\n") {
        std::thread::yield_now();
    }
    golem.signal("TERM");
    while TcpStream::connect(golem.http).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(&whole[whole.len() - 20..]).unwrap();
    assert_eq!(Answer::read(stream).json()["text"], WORDS);
    assert_eq!(golem.process.wait().unwrap().code(), Some(0));
}

#[test]
fn home_assistant_is_served() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut client = Wyoming::new(&golem);
    client.send("describe", &json!({}), &[]);
    let (kind, info, _) = client.next();
    assert_eq!(kind, "info");
    assert_eq!(info["asr"][0]["models"][0]["name"], "whisper-micro");
    assert!(info["tts"][0]["voices"].as_array().unwrap().iter().any(|voice| voice["name"] == "en-us"), "{info}");
    client.send("ping", &json!({"text": "x"}), &[]);
    assert_eq!(client.next().1["text"], "x");
    let (kind, transcript) = client.say("ru", &sound("24-espeak-ru-f1.flac"));
    assert_eq!((kind.as_str(), &transcript["text"]), ("transcript", &json!("Какая сегодня погода?")));
    assert_eq!(client.say("en", &sound(QUESTION)).1["text"], WORDS);
    let (kind, error) = client.say("xx", &sound(QUESTION));
    assert!(kind == "error" && error["text"].as_str().unwrap().contains("\"xx\""), "{error}");
    client.send("audio-stop", &json!({}), &[]);
    assert_eq!(client.words().1["text"], "");
    client.send("audio-start", &json!({"rate": 0, "width": 2, "channels": 1}), &[]);
    assert_eq!(client.next().0, "error");
    client.send("something-new", &json!({}), &[]);
    client.send("synthesize", &json!({"text": "Good morning. How are you?", "voice": {"name": "en-us"}}), &[]);
    let whole = heard(&mut client);
    client.send("synthesize-start", &json!({}), &[]);
    for piece in ["Good mor", "ning. How", " are you?"] {
        client.send("synthesize-chunk", &json!({"text": piece}), &[]);
    }
    client.send("synthesize", &json!({"text": "Good morning. How are you?"}), &[]);
    client.send("synthesize-stop", &json!({}), &[]);
    let streamed = heard(&mut client);
    assert_eq!(client.next().0, "synthesize-stopped");
    assert!(whole > 8_000 && streamed > 8_000, "{whole} and {streamed} samples");
    client.send("synthesize", &json!({"text": "Hi", "voice": {"name": "nobody"}}), &[]);
    assert_eq!(client.next().0, "error");
    client.0.get_mut().write_all(b"{\"type\": \"audio-chunk\", \"payload_length\": 99999999999}\n").unwrap();
    assert_eq!(client.next().0, "error");
    assert_eq!(client.0.read(&mut [0]).unwrap(), 0, "what follows a lie is not read");
}

#[test]
fn an_utterance_is_heard_while_it_comes_in() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut client = Wyoming::new(&golem);
    let pause = vec![0.0; 3 * 16_000];
    client.begin("en", &[&sound(QUESTION)[..], &pause].concat());
    // The utterance goes on, and its first sentence is there.
    assert_eq!(client.next().0, "transcript-start");
    let (kind, first, _) = client.next();
    assert_eq!((kind.as_str(), &first["text"]), ("transcript-chunk", &json!(WORDS)));
    client.more(&[&sound(QUESTION)[..], &pause].concat());
    client.send("audio-stop", &json!({}), &[]);
    let (chunks, transcript) = client.words();
    assert_eq!(transcript["text"], format!("{WORDS}{chunks}"));
    assert_eq!(transcript["text"], format!("{WORDS} {WORDS}"));
}

#[test]
fn sentences_are_commands_where_clients_may_have_them() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("commands.yaml");
    let done = folder.path().join("done");
    let yaml = format!(
        r#"language: en
intents:
  Touch:
    data:
      - sentences: ["make it so"]
  Danger:
    data:
      - sentences: ["wipe the disk"]
actions:
  Touch:
    run: [touch, {done:?}]
    say: It is done.
  Danger:
    run: [touch, {done:?}]
    risk: confirm
"#
    );
    fs::write(&file, yaml).unwrap();
    let paths = format!("intents.paths=[{file:?}]");
    let recognise = Served::micro(&["--set", &paths, "--set", "serve.commands=recognise"]);
    let ask = |golem: &Served, kind: &str, text: &str| {
        let mut client = Wyoming::new(golem);
        client.send(kind, &json!({"text": text, "context": {"conversation_id": "7"}}), &[]);
        let (kind, data, _) = client.next();
        assert_eq!(data["context"]["conversation_id"], "7");
        (kind, data)
    };
    let (kind, intent) = ask(&recognise, "recognize", "make it so");
    assert_eq!((kind.as_str(), &intent["name"]), ("intent", &json!("Touch")));
    assert_eq!(ask(&recognise, "transcript", "make it so").0, "intent");
    assert_eq!(ask(&recognise, "recognize", "who wrote Romeo").0, "not-recognized");
    assert!(!done.exists());
    let run = Served::micro(&["--set", &paths, "--set", "serve.commands=run"]);
    assert_eq!(ask(&run, "transcript", "who wrote Romeo").0, "not-handled");
    let (kind, refusal) = ask(&run, "transcript", "wipe the disk");
    assert!(kind == "not-handled" && refusal["text"].as_str().unwrap().contains("yes"), "{refusal}");
    assert!(!done.exists());
    let (kind, answer) = ask(&run, "transcript", "make it so");
    assert_eq!((kind.as_str(), &answer["text"]), ("handled", &json!("It is done.")));
    assert!(done.exists());
    let none = Served::micro(&["--set", &paths]);
    let mut client = Wyoming::new(&none);
    client.send("transcript", &json!({"text": "make it so"}), &[]);
    let (kind, refusal, _) = client.next();
    assert!(kind == "not-handled" && refusal["text"].as_str().unwrap().contains("serve.commands"), "{refusal}");
}

#[test]
fn the_wake_phrase_is_waited_for() {
    const PHRASE: &str = "hey golem";
    if !installed() {
        return;
    }
    if !place::data().join("models/wake/openwakeword-features").exists() {
        println!("skipped: golem models fetch openwakeword-features");
        return;
    }
    let golem = Served::micro(&["--set", &format!("wake.phrase={PHRASE}")]);
    let say = |text: &str| {
        let pcm = golem.post(SPEECH, &json!({"input": text, "response_format": "pcm"}).to_string()).body;
        let silence = vec![0; 48_000];
        [&silence[..], &pcm, &silence].concat()
    };
    let format = json!({"rate": 24_000, "width": 2, "channels": 1, "timestamp": 5_000});
    let mut client = Wyoming::new(&golem);
    // The phrase is learned with the first wait for it.
    client.0.get_ref().set_read_timeout(Some(Duration::from_mins(8))).unwrap();
    let mut heard = |text: &str| {
        client.send("detect", &json!({"names": [PHRASE]}), &[]);
        client.send("audio-start", &format, &[]);
        say(text).chunks(4_096).for_each(|piece| client.send("audio-chunk", &format, piece));
        client.send("audio-stop", &json!({}), &[]);
        let (kind, data, _) = client.next();
        (kind, data)
    };
    let (kind, detection) = heard("Hey golem.");
    assert_eq!((kind.as_str(), &detection["name"]), ("detection", &json!(PHRASE)));
    assert!((6_000..=8_500).contains(&detection["timestamp"].as_u64().unwrap()), "{detection}");
    assert_eq!(heard("The tea is ready, and the cake is on the table.").0, "not-detected");
}

#[test]
fn an_idle_model_leaves_the_memory_and_comes_back() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.keep_loaded_s=1"]);
    let bytes = fixture(QUESTION);
    for _ in 0..2 {
        let heard = golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[("language", "en")]);
        assert_eq!(heard.json()["text"], WORDS);
        assert_eq!(golem.post(SPEECH, "{\"input\": \"Good morning\"}").status, 200);
        assert!(golem.figure("golem_serve_engines") > 0);
        while golem.figure("golem_serve_engines") > 0 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_server_without_clients_costs_nothing() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let _silent = (golem.connect(), TcpStream::connect(golem.wyoming).unwrap());
    let used = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", golem.process.id())).unwrap();
        let fields: Vec<u64> =
            stat.rsplit(')').next().unwrap().split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
        fields[11] + fields[12]
    };
    if !Path::new("/proc/self/stat").exists() {
        println!("skipped: this system has no /proc");
        return;
    }
    let before = used();
    // A wait that nothing ends: golem has nothing to say on this connection.
    let mut quiet = golem.connect();
    quiet.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert!(quiet.read(&mut [0]).is_err());
    let ticks = used() - before;
    assert!(ticks <= 10, "{ticks} hundredths of a second in five seconds");
}

#[test]
fn published_weights_are_served() {
    let Some(models) = real::models() else { return };
    let mut command = real::golem(&models, &["serve"]);
    command.current_dir(root());
    let golem = Served::start(&mut command);
    let text = "The quick brown fox jumps over the lazy dog.";
    let spoken = golem.post(SPEECH, &json!({"input": text}).to_string());
    assert_eq!(spoken.status, 200, "{}", spoken.text());
    let heard = golem.form(TRANSCRIPTIONS, Some(("fox.wav", &spoken.body)), &[("language", "en")]).json();
    let words = heard["text"].as_str().unwrap().to_lowercase();
    assert!(words.contains("quick brown fox") && words.contains("lazy dog"), "{words}");
}
