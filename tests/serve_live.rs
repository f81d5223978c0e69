//! Live sessions over WebSockets: words while they are said, sessions that do not hear each other, limits, tokens,
//! clients that leave or lie, and an orderly end.

#[path = "serve_live/idle.rs"]
mod idle;
#[path = "common/place.rs"]
mod place;
#[path = "common/served.rs"]
mod served;
#[path = "serve_live/single.rs"]
mod single;
#[path = "common/sockets.rs"]
mod sockets;

use std::fs;
use std::sync::mpsc;

use golem::device::wav::read_all;
use golem::signal::resample::resample;
use place::root;
use serde_json::{Value, json};
use served::{Served, installed};
use sockets::{Socket, packet, pcm, types};

/// Recordings, their languages, and what is said in them.
const QUESTION: &str = "05-flite-rms.flac";
const WORDS: &str = "Who wrote Romeo and Juliet?";
const RUSSIAN: &str = "24-espeak-ru-f1.flac";
const RUSSIAN_WORDS: &str = "Какая сегодня погода?";

/// A recording at `rate` hertz, with two seconds of silence behind it.
fn sound(name: &str, rate: u32) -> Vec<f32> {
    let mut sound = read_all(&root().join("fixtures/audio/whisper").join(name)).unwrap();
    sound.extend(vec![0.0; 32_000]);
    resample(&sound, 16_000, rate)
}

/// A client of RealtimeSTT's.
struct Recorder {
    control: Socket,
    data: Socket,
}

impl Recorder {
    fn open(golem: &Served, path: &str) -> Self {
        let open = |address| Socket::open(address, path, &[]).unwrap();
        let (control, mut data) = (open(golem.control), open(golem.data));
        assert_eq!(data.read().unwrap(), json!({"type": "vad_detect_start"}));
        Self { control, data }
    }

    fn ask(&mut self, command: &Value) -> Value {
        self.control.send(command);
        self.control.read().unwrap()
    }

    fn set(&mut self, parameter: &str, value: &str) {
        let answer = self.ask(&json!({"command": "set_parameter", "parameter": parameter, "value": value}));
        assert_eq!(answer["status"], "success", "{answer}");
    }

    /// Makes pauses of a recording too short to end an utterance.
    fn patient(&mut self) {
        let command = json!({"command": "set_parameter", "parameter": "post_speech_silence_duration", "value": 20});
        assert_eq!(self.ask(&command)["status"], "success");
    }

    /// Sends sound in messages as the stock client does.
    fn say(&mut self, sound: &[f32], rate: u32) {
        for piece in sound.chunks(1_024) {
            self.data.send_bytes(packet(&json!({"sampleRate": rate}), &pcm(piece)));
        }
    }

    /// Waits until golem has taken all sound: it answers the empty message with an error, in its order.
    fn settle(&mut self) {
        self.data.send_bytes(Vec::new());
        assert_eq!(self.control.read().unwrap()["status"], "error");
    }

    /// The messages of an utterance.
    fn hear(&mut self) -> Vec<Value> {
        self.data.until("fullSentence")
    }
}

fn text(messages: &[Value]) -> &str {
    messages.last().unwrap()["text"].as_str().unwrap()
}

#[test]
fn an_utterance_has_its_messages_in_order_at_any_rate() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    // A probe connects and leaves before the client connects.
    Socket::open(golem.control, "/", &[]).unwrap().close();
    let mut client = Recorder::open(&golem, "/");
    client.set("language", "en");
    for rate in [16_000, 44_100, 8_000, 48_000] {
        client.say(&sound(QUESTION, rate), rate);
        let said = client.hear();
        let order = ["vad_detect_stop", "recording_start", "recording_stop", "transcription_start", "fullSentence"];
        assert_eq!(types(&said, &["realtime", "vad_detect_start"]), order, "{rate}");
        // A telephone's rate has no more than half of the band that the little model knows of a voice.
        assert!(text(&said) == WORDS || (rate == 8_000 && !text(&said).is_empty()), "at {rate} Hz: {said:?}");
        for partial in said.iter().filter(|message| message["type"] == "realtime") {
            assert!(!partial["text"].as_str().unwrap().is_empty(), "{partial}");
        }
        assert_eq!(client.data.read().unwrap()["type"], "vad_detect_start");
    }
    let length =
        client.ask(&json!({"command": "get_parameter", "parameter": "last_transcription_bytes_b64", "request_id": 9}));
    assert_eq!((&length["status"], &length["request_id"]), (&json!("success"), &json!(9)));
    assert!(length["value"].as_str().unwrap().len() > 16_000, "a second of sound");
    let figures = golem.get("/metrics").text();
    assert!(figures.contains("golem_serve_requests_total{endpoint=\"realtimestt\"} 4\n"), "{figures}");
    assert!(figures.contains("golem_serve_sessions 1\n"), "{figures}");
}

#[test]
fn clients_have_languages_and_words_of_their_own() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut clients = Vec::new();
    for (number, (language, name, words)) in
        [("en", QUESTION, WORDS), ("ru", RUSSIAN, RUSSIAN_WORDS), ("en", QUESTION, WORDS)].into_iter().enumerate()
    {
        let mut client = Recorder::open(&golem, &format!("/?session={number}"));
        client.set("language", language);
        clients.push((client, sound(name, 16_000), words));
    }
    let longest = clients.iter().map(|(_, sound, _)| sound.len()).max().unwrap();
    for at in (0..longest).step_by(1_024) {
        for (client, sound, _) in &mut clients {
            let piece = &sound[at.min(sound.len())..(at + 1_024).min(sound.len())];
            client.say(piece, 16_000);
        }
    }
    for (client, _, words) in &mut clients {
        assert_eq!(text(&client.hear()), *words);
    }
}

#[test]
fn a_client_ends_and_forgets_what_is_said() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut client = Recorder::open(&golem, "/");
    client.set("language", "en");
    client.patient();
    let call = |client: &mut Recorder, method: &str| {
        let answer = client.ask(&json!({"command": "call_method", "method": method, "args": [], "kwargs": {}}));
        assert_eq!(answer["status"], "success", "{answer}");
    };
    let question = read_all(&root().join("fixtures/audio/whisper").join(QUESTION)).unwrap();
    let begin = |client: &mut Recorder| {
        client.say(&question, 16_000);
        client.settle();
        client.data.until("recording_start");
    };
    begin(&mut client);
    call(&mut client, "abort");
    assert_eq!(types(&client.data.until("vad_detect_start"), &["realtime"]), ["recording_stop", "vad_detect_start"]);
    // Without silence behind it, it would go on.
    begin(&mut client);
    call(&mut client, "stop");
    assert_eq!(types(&client.hear(), &["realtime"]), ["recording_stop", "transcription_start", "fullSentence"]);
    client.data.until("vad_detect_start");
    call(&mut client, "shutdown");
    assert_eq!(client.data.closed(), 1000);
}

#[test]
fn lies_are_answered_and_harm_no_one() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut client = Recorder::open(&golem, "/");
    client.set("language", "en");
    for lie in [vec![], vec![0xff; 100], packet(&json!({}), &[0; 64]), packet(&json!({"sampleRate": -5}), &[0; 64])] {
        client.data.send_bytes(lie);
        assert_eq!(client.control.read().unwrap()["status"], "error");
    }
    client.data.send_text("who are you");
    for (command, words) in
        [("{", "Invalid JSON"), ("7", "Invalid JSON"), ("{\"command\":\"x\",\"request_id\":4}", "Unknown command x")]
    {
        client.control.send_text(command);
        let answer = client.control.read().unwrap();
        assert!(answer["message"].as_str().unwrap().contains(words), "{answer}");
    }
    // Others hang up in the middle of it.
    for _ in 0..4 {
        let mut gone = Recorder::open(&golem, "/");
        gone.say(&sound(QUESTION, 16_000)[..20_000], 16_000);
    }
    client.say(&sound(QUESTION, 16_000), 16_000);
    assert_eq!(text(&client.hear()), WORDS);
    client.set("language", "xx");
    client.say(&sound(QUESTION, 16_000), 16_000);
    client.hear();
    let refused = Socket::open(golem.data, "/", &[("origin", "https://evil.example")]).err().unwrap();
    assert_eq!(refused.status, 403);
    assert_eq!(golem_status(&golem), 426, "a browser learns that this is no page");
}

/// The status of a plain request to the data port.
fn golem_status(golem: &Served) -> u16 {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(golem.data).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    served::Answer::read(stream).status
}

#[test]
fn beyond_the_limit_a_session_is_refused_and_one_that_leaves_makes_room() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "1"]);
    let first = Recorder::open(&golem, "/");
    let refused = Socket::open(golem.data, "/", &[]).err().unwrap();
    assert_eq!((refused.status, &refused.body["error"]["type"]), (429, &json!("rate_limit_error")));
    first.data.close();
    while golem.get("/metrics").text().contains("golem_serve_sessions 1\n") {
        std::thread::yield_now();
    }
    Recorder::open(&golem, "/");
}

#[test]
fn a_token_is_wanted_as_over_http() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-word\n").unwrap();
    let golem = Served::micro(&["--token-file", token.to_str().unwrap()]);
    for address in [golem.control, golem.data] {
        assert_eq!(Socket::open(address, "/", &[]).err().unwrap().status, 401);
        assert_eq!(Socket::open(address, "/?token=secret", &[]).err().unwrap().status, 401);
        assert!(Socket::open(address, "/?token=secret-word", &[]).is_ok());
        assert!(Socket::open(address, "/", &[("authorization", "Bearer secret-word")]).is_ok());
    }
    let output = served::micro(&["--realtimestt", "--bind", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--token-file"));
}

#[test]
fn a_signal_has_what_was_said_written_down_before_the_end() {
    if !installed() {
        return;
    }
    let mut golem = Served::micro(&[]);
    let mut client = Recorder::open(&golem, "/");
    client.set("language", "en");
    client.patient();
    let question = read_all(&root().join("fixtures/audio/whisper").join(QUESTION)).unwrap();
    client.say(&question, 16_000);
    client.settle();
    client.data.until("recording_start");
    let Recorder { mut control, mut data } = client;
    golem.signal("TERM");
    let (heard, words) = mpsc::channel();
    let listener = std::thread::spawn(move || {
        heard.send(data.until("fullSentence")).unwrap();
        assert_eq!(data.closed(), 1001);
        data.close();
    });
    // RealtimeSTT's client gives up the words that it waits for when its control socket closes.
    assert_eq!(control.closed(), 1001);
    let said = words.try_recv().expect("the control socket closed before the words came");
    assert!(!text(&said).is_empty(), "{said:?}");
    listener.join().unwrap();
    assert!(golem.process.wait().unwrap().success());
}

/// Events of a session up to the first whose type ends with `last`.
fn until(socket: &mut Socket, last: &str) -> Vec<Value> {
    let mut all = Vec::new();
    while all.last().is_none_or(|event: &Value| !event["type"].as_str().unwrap_or_default().ends_with(last)) {
        all.push(socket.read().unwrap_or_else(|| panic!("it closed after {all:#?}")));
    }
    all
}

fn append(socket: &mut Socket, sound: &[u8]) {
    use base64::Engine as _;
    for piece in sound.chunks(4_800) {
        let audio = base64::engine::general_purpose::STANDARD.encode(piece);
        socket.send(&json!({"type": "input_audio_buffer.append", "audio": audio}));
    }
}

#[test]
fn openais_older_form_and_telephones_are_understood() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut socket =
        Socket::open(golem.http, "/v1/realtime?model=whisper-1&language=en", &[("openai-beta", "realtime=v1")])
            .unwrap();
    assert_eq!(socket.read().unwrap()["type"], "session.created");
    let words = json!({"model": "whisper-1", "language": "en"});
    let update = |format: &str, turns: &Value| {
        json!({"type": "transcription_session.update", "event_id": "mine", "session": {
            "input_audio_format": format, "input_audio_transcription": words, "turn_detection": turns}})
    };
    socket.send(&update("pcm16", &json!({"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 400})));
    assert_eq!(socket.read().unwrap()["session"]["turn_detection"]["silence_duration_ms"], 400);
    append(&mut socket, &pcm(&sound(QUESTION, 24_000)));
    let events = until(&mut socket, "completed");
    assert_eq!(events.last().unwrap()["transcript"], WORDS);
    let order = [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
    ];
    let delta = "conversation.item.input_audio_transcription.delta";
    assert_eq!(types(&events[..events.len() - 1], &[delta]), order);
    let started = events[0]["audio_start_ms"].as_u64().unwrap();
    let stopped = events.iter().find_map(|event| event["audio_end_ms"].as_u64()).unwrap();
    assert!(started + 500 < stopped && stopped < 6_000, "{started} {stopped}");
    socket.send(&update("g711_ulaw", &Value::Null));
    until(&mut socket, "updated");
    append(&mut socket, &vec![0xff; 8_000]);
    socket.send(&json!({"type": "input_audio_buffer.commit"}));
    let silent = until(&mut socket, "completed");
    assert_eq!(silent.last().unwrap()["transcript"], "", "silence has no words: {silent:?}");
    for (event, param) in [
        (update("mp3", &Value::Null), "session.input_audio_format"),
        (json!({"type": "response.create", "event_id": "mine"}), "type"),
        (json!({"type": "input_audio_buffer.append", "audio": "!", "event_id": "mine"}), "audio"),
    ] {
        socket.send(&event);
        let error = &socket.read().unwrap()["error"];
        assert_eq!((&error["param"], &error["event_id"]), (&json!(param), &json!("mine")), "{error}");
    }
    socket.send_text("{");
    assert_eq!(socket.read().unwrap()["error"]["code"], "invalid_json");
    let figures = golem.get("/metrics").text();
    assert!(figures.contains("golem_serve_requests_total{endpoint=\"realtime\"} 1\n"), "{figures}");
    let unknown = Socket::open(golem.http, "/v1/realtime?model=large-v9", &[]).err().unwrap();
    assert_eq!((unknown.status, &unknown.body["error"]["code"]), (404, &json!("model_not_found")));
}
