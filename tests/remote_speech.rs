//! Speech to text and text to speech on servers, over real sockets: golems that serve, and servers that stall, refuse,
//! lie and break off.

#[path = "common/brain.rs"]
mod brain;
#[path = "common/place.rs"]
mod place;
#[path = "common/program.rs"]
mod program;
#[path = "common/real.rs"]
mod real;
#[path = "common/served.rs"]
mod served;

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::process::Output;
use std::time::{Duration, Instant};

use brain::{BrainServer, begin, refuse, say, stall};
use crossbeam_channel::{Receiver, unbounded};
use golem::config::speech_engine::{AsrEngine, TtsEngine};
use golem::config::speech_server::SpeechServerConfig;
use golem::config::{AsrConfig, TtsConfig};
use golem::device::wav::read_all;
use golem::dialog::reply::SpokenReply;
use golem::engine::delivery::Delivery;
use golem::engine::remote::asr::ServerTranscriber;
use golem::engine::remote::tts::ServerSynthesizer;
use golem::engine::{EngineError, Speech, Synthesizer, Transcriber};
use golem::message::{Event, Ledger, Timing, Transcript};
use golem::turn::{Ticket, TurnClock};
use golem::worker::baton::Baton;
use golem::worker::tts::{TtsJob, TtsWorker};
use place::{data, root};
use serde_json::{Value, json};
use served::{Served, installed};

thread_local! {
    /// How far this thread's clock is ahead.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

fn clock() -> Instant {
    Instant::now() + AHEAD.get()
}

/// Golem's own asr, whose words are the number of samples.
#[derive(Default)]
struct Own(usize);

impl Transcriber for Own {
    fn describe(&self) -> String {
        "own".into()
    }

    fn streams(&self) -> bool {
        false
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.0 = 0;
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.0 += audio.len();
        Ok(None)
    }

    fn finish(&mut self, _: &Ticket) -> Result<Transcript, EngineError> {
        Ok(Transcript { text: format!("{} samples", self.0), ..Transcript::default() })
    }
}

/// Golem's own tts, which reports the texts it is asked to speak: 100 samples a letter at 8 kHz.
struct OwnVoice(crossbeam_channel::Sender<String>);

impl Synthesizer for OwnVoice {
    fn describe(&self) -> String {
        "own".into()
    }

    fn speak(&mut self, text: &str, _: &Ticket) -> Result<Speech, EngineError> {
        self.0.send(text.into()).unwrap();
        let samples = vec![0.25; 100 * text.len()];
        Ok(Speech { timing: Timing { samples: samples.len() as u64, rate: 8_000, words: Vec::new() }, samples })
    }
}

const LONG: u64 = 600_000;

fn asr(url: &str) -> AsrConfig {
    let (first_byte_ms, whole_ms) = (LONG, LONG);
    AsrConfig { engine: AsrEngine::OpenAi, url: url.into(), first_byte_ms, whole_ms, ..AsrConfig::default() }
}

fn ears(settings: &AsrConfig) -> ServerTranscriber {
    let own = Box::new(|| Ok(Box::new(Own::default()) as Box<dyn Transcriber>));
    ServerTranscriber::new(settings.servers(), settings, own, clock)
}

fn tts(url: &str) -> TtsConfig {
    let (first_byte_ms, stall_ms) = (LONG, LONG);
    TtsConfig { engine: TtsEngine::OpenAi, url: url.into(), first_byte_ms, stall_ms, ..TtsConfig::default() }
}

/// A tts on the server, and the texts that golem's own was asked to speak.
fn voice(settings: &TtsConfig) -> (ServerSynthesizer, Receiver<String>) {
    let (asked_in, asked) = unbounded();
    let own = Box::new(move || Ok(Box::new(OwnVoice(asked_in.clone())) as Box<dyn Synthesizer>));
    (ServerSynthesizer::new(settings.servers(), settings, own, clock), asked)
}

fn heard(ears: &mut ServerTranscriber, audio: &[f32]) -> String {
    ears.start().unwrap();
    ears.accept(audio).unwrap();
    ears.finish(&Ticket::standing()).unwrap().text
}

/// All pieces of a clause; each fits to what was said before.
fn spoken(voice: &mut ServerSynthesizer, text: &str) -> (Vec<f32>, Timing) {
    let mut delivery = Delivery::new(voice, text);
    let (mut samples, mut timing, mut last) = (Vec::new(), Timing::default(), false);
    while let Some(piece) = delivery.next(voice, &Ticket::standing()).unwrap() {
        assert!(!last && piece.begin == samples.len() as u64);
        samples.extend(piece.samples);
        (timing, last) = (piece.timing, piece.last);
        assert_eq!(timing.samples, samples.len() as u64);
        let mut ends: Vec<_> = timing.words.iter().map(|word| (word.text_end, word.sample_end)).collect();
        assert!(ends.last().is_none_or(|end| end.1 <= timing.samples), "{ends:?} of {}", timing.samples);
        let told = ends.clone();
        ends.sort_unstable();
        assert_eq!(ends, told, "words follow each other");
    }
    assert!(last, "the clause ends");
    (samples, timing)
}

/// A server that answers with the words.
fn hearing(words: &'static str) -> BrainServer {
    BrainServer::start(move |_, client| refuse(client, "200 OK", &json!({ "text": words }).to_string()))
}

/// A header of open length, and that many samples.
fn wav(rate: u32, samples: usize) -> Vec<u8> {
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(rate.to_le_bytes().into_iter().chain((2 * rate).to_le_bytes()));
    bytes.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    bytes.extend([0, 0x40].repeat(samples));
    bytes
}

fn send(client: &mut TcpStream, bytes: &[u8]) {
    // A client may have hung up.
    let _ = client.write_all(bytes).and_then(|()| client.flush());
}

/// The beginning of an answer of so many bytes.
fn promise(client: &mut TcpStream, bytes: usize) {
    say(client, &format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n"));
}

fn speaking(rate: u32, samples: usize) -> BrainServer {
    BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(rate, samples));
    })
}

const SENTENCE: &str = "One two three four five six seven eight nine ten.";

#[test]
fn an_utterance_is_sent_whole_and_its_words_come_back() {
    let up = BrainServer::start(|_, client| {
        let segments = json!([{ "text": "Well.", "avg_logprob": -0.5, "no_speech_prob": 0.25 }]);
        refuse(client, "200 OK", &json!({ "text": " Well. ", "segments": segments, "language": "en" }).to_string());
    });
    let mut ears = ears(&asr(&up.url));
    ears.accept(&[0.1; 1_600]).unwrap();
    let heard = ears.finish(&Ticket::standing()).unwrap();
    assert_eq!((heard.text.as_str(), heard.mean_logprob, heard.no_speech), ("Well.", Some(-0.5), Some(0.25)));
    let asked = up.asked();
    assert!(asked.head.starts_with("post /v1/audio/transcriptions "), "{}", asked.head);
    assert!(asked.head.contains("content-type: multipart/form-data; boundary=golem-form-"), "{}", asked.head);
    assert_eq!(ears.describe(), format!("whisper-1 at {}", up.url));
    assert_eq!(ears.address(), Some(format!("{}/v1", up.url)));
    // The utterance goes on, and is sent once more; one without sound is not sent.
    ears.accept(&[0.1; 1_600]).unwrap();
    assert_eq!(ears.finish(&Ticket::standing()).unwrap().text, "Well.");
    ears.start().unwrap();
    assert_eq!(ears.finish(&Ticket::standing()).unwrap().text, "");
    assert_eq!(up.count(), 1);
}

/// Servers that fail before any of their answer, with the failure.
fn broken() -> Vec<(&'static str, BrainServer)> {
    let answering =
        |status: &'static str, body: &'static str| BrainServer::start(move |_, client| refuse(client, status, body));
    vec![
        ("closes", BrainServer::start(|_, client| begin(client))),
        ("fails", answering("500 Internal Server Error", "{\"error\":{\"message\":\"no memory\"}}")),
        ("is busy", answering("429 Too Many Requests", "{}")),
        ("wants a key", answering("401 Unauthorized", "{}")),
        ("knows nothing", answering("404 Not Found", "")),
        ("leads away", answering("302 Found\r\nLocation: http://127.0.0.1:1/", "")),
        ("is a web page", answering("200 OK", "<html>a login page</html>")),
        ("is empty", answering("200 OK", "")),
        ("stalls", BrainServer::start(|_, client| stall(client))),
        (
            "breaks off",
            BrainServer::start(|_, client| {
                promise(client, 10_000);
                say(client, "{\"te");
            }),
        ),
        ("refuses all forms", answering("400 Bad Request", "{\"error\":{\"message\":\"no\"}}")),
    ]
}

#[test]
fn golems_own_ears_hear_whatever_is_wrong_with_the_server() {
    for (what, server) in broken() {
        let settings = AsrConfig { first_byte_ms: if what == "stalls" { 50 } else { LONG }, ..asr(&server.url) };
        let mut ears = ears(&settings);
        assert_eq!(heard(&mut ears, &[0.1; 700]), "700 samples", "{what}");
        assert_eq!(ears.describe(), format!("own instead of whisper-1 at {}", server.url), "{what}");
        assert_eq!(ears.address(), None, "{what}");
        server.over();
    }
    let mut gone = ears(&asr("http://127.0.0.1:1"));
    assert_eq!(heard(&mut gone, &[0.1; 7]), "7 samples");
    let keyed = AsrConfig { key_env: "GOLEM_TEST_NO_SUCH_KEY".into(), ..asr("http://127.0.0.1:1") };
    assert_eq!(heard(&mut ears(&keyed), &[0.1; 7]), "7 samples");
}

#[test]
fn an_answer_that_does_not_end_is_not_waited_for() {
    let up = BrainServer::start(|_, client| {
        promise(client, 10_000);
        say(client, "{\"te");
        stall(client);
    });
    let mut ears = ears(&AsrConfig { whole_ms: 50, ..asr(&up.url) });
    assert_eq!(heard(&mut ears, &[0.1; 70]), "70 samples");
    up.over();
}

#[test]
fn a_server_that_failed_rests_and_is_asked_again() {
    let gone = Cell::new(true);
    let (state_in, state) = unbounded::<bool>();
    let up = BrainServer::start(move |_, client| {
        if state.recv().unwrap() {
            refuse(client, "200 OK", "{\"text\":\"Well.\"}");
        } else {
            refuse(client, "503 Service Unavailable", "{}");
        }
    });
    let mut ears = ears(&asr(&up.url));
    for (ahead, words, asked) in
        [(0, "7 samples", 1), (1, "7 samples", 0), (3, "7 samples", 1), (5, "7 samples", 0), (8, "Well.", 1)]
    {
        AHEAD.set(Duration::from_secs(ahead));
        gone.set(words != "Well.");
        if asked == 1 {
            state_in.send(!gone.get()).unwrap();
        }
        assert_eq!(heard(&mut ears, &[0.1; 7]), words, "after {ahead} s");
        assert_eq!(up.count(), asked, "after {ahead} s");
    }
    assert_eq!(ears.describe(), format!("whisper-1 at {}", up.url));
}

/// A server of the settings at that address.
fn endpoint(url: &str) -> SpeechServerConfig {
    SpeechServerConfig { url: url.into(), ..SpeechServerConfig::default() }
}

#[test]
fn the_next_server_hears_what_the_first_does_not() {
    let busy = || BrainServer::start(|_, client| refuse(client, "503 Service Unavailable", "{}"));
    let (first, second, third) = (busy(), busy(), hearing("Well."));
    let fallback = vec![endpoint(&second.url), endpoint(&third.url)];
    let mut ears = ears(&AsrConfig { fallback, ..asr(&first.url) });
    let asked = || [&first, &second, &third].map(BrainServer::count);
    assert_eq!((heard(&mut ears, &[0.1; 7]).as_str(), asked()), ("Well.", [1, 1, 1]));
    assert_eq!(ears.describe(), format!("whisper-1 at {}", third.url));
    assert_eq!(ears.address(), Some(format!("{}/v1", third.url)));
    assert_eq!((heard(&mut ears, &[0.1; 7]).as_str(), asked()), ("Well.", [0, 0, 1]), "the others rest");
    AHEAD.set(Duration::from_secs(3));
    assert_eq!((heard(&mut ears, &[0.1; 7]).as_str(), asked()), ("Well.", [1, 1, 1]), "they are asked again");
}

#[test]
fn where_no_server_is_left_golems_own_ears_hear() {
    let fallback = vec![endpoint("http://127.0.0.1:1"), endpoint("http://127.0.0.1:2")];
    let mut ears = ears(&AsrConfig { fallback, ..asr("http://127.0.0.1:3") });
    assert_eq!(heard(&mut ears, &[0.1; 7]), "7 samples");
    assert_eq!((ears.describe().as_str(), ears.address()), ("own instead of whisper-1 at http://127.0.0.1:3", None));
}

#[test]
fn a_server_that_knows_less_is_asked_more_simply() {
    let (first_in, first) = unbounded();
    first_in.send(()).unwrap();
    let up = BrainServer::start(move |_, client| {
        if first.try_recv().is_ok() {
            refuse(client, "400 Bad Request", "{\"error\":{\"message\":\"response_format\"}}");
        } else {
            refuse(client, "200 OK", "{\"text\":\"Well.\"}");
        }
    });
    let mut ears = ears(&asr(&up.url));
    assert_eq!(heard(&mut ears, &[0.1; 7]), "Well.");
    assert_eq!(heard(&mut ears, &[0.1; 7]), "Well.");
    assert_eq!(up.count(), 3, "twice for the first utterance, once for the second");
}

#[test]
fn an_utterance_that_is_not_wanted_any_more_is_hung_up_on() {
    let up = BrainServer::start(|_, client| stall(client));
    let settings = asr(&up.url);
    let turns = TurnClock::new();
    let stop = turns.ticket(1);
    let hearing = std::thread::spawn(move || {
        let mut ears = ears(&settings);
        ears.accept(&[0.1; 7]).unwrap();
        ears.finish(&stop).unwrap().text
    });
    up.asked();
    turns.raise(2);
    up.over();
    assert_eq!(hearing.join().unwrap(), "");
}

#[test]
fn a_voice_is_played_from_its_first_bytes_on() {
    let (more, wanted) = unbounded::<()>();
    let up = BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(22_050, 11_025));
        let _ = wanted.recv();
        send(client, &[0, 0x40].repeat(11_025));
    });
    let (mut voice, _) = voice(&tts(&up.url));
    let mut delivery = Delivery::new(&voice, SENTENCE);
    let stop = Ticket::standing();
    let first = delivery.next(&mut voice, &stop).unwrap().unwrap();
    assert!(!first.last && !first.samples.is_empty() && first.timing.rate == 22_050);
    more.send(()).unwrap();
    let mut timing = first.timing;
    while let Some(piece) = delivery.next(&mut voice, &stop).unwrap() {
        timing = piece.timing;
    }
    assert_eq!(timing.samples, 22_050);
    assert_eq!(timing.words.len(), 10);
    assert_eq!(timing.words.last().map(|word| (word.text_end, word.sample_end)), Some((SENTENCE.len(), 22_050)));
    let asked = up.asked();
    assert!(asked.head.starts_with("post /v1/audio/speech "), "{}", asked.head);
    let wanted = json!({ "model": "tts-1", "voice": "alloy", "input": SENTENCE, "response_format": "wav" });
    assert_eq!(asked.body, wanted);
}

#[test]
fn which_words_were_heard_is_known_while_a_clause_is_still_coming() {
    const RATE: usize = 22_050;
    let (more, wanted) = unbounded::<()>();
    let up = BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(22_050, RATE));
        let _ = wanted.recv();
        send(client, &[0, 0x40].repeat(4 * RATE));
    });
    let (voice, _) = voice(&tts(&up.url));
    let mut worker = TtsWorker::new(Box::new(voice), 48_000, TurnClock::new(), Baton::default());
    let mut reply = SpokenReply::new(1, Ledger::default());
    reply.push(SENTENCE);
    reply.finish();
    let (clause, text) = reply.next_to_speak().unwrap();
    worker.take(TtsJob::Speak { turn: 1, clause, text });
    let (mut came, mut played) = (0, 0);
    let mut step = |reply: &mut SpokenReply| {
        let spoken = worker.step().unwrap();
        let Event::Synthesised { timing, .. } = spoken.event else { panic!("{:?}", spoken.event) };
        came = timing.samples;
        reply.synthesised(clause, timing);
        let clip = spoken.clip.unwrap();
        played += clip.samples.len();
        (came, played, clip.last)
    };
    while step(&mut reply).0 < RATE as u64 {}
    // At 15 letters a second.
    reply.played(clause, RATE as u64, false);
    assert_eq!(reply.heard(), "One two three");
    more.send(()).unwrap();
    let (whole, sounded) = loop {
        let (came, played, last) = step(&mut reply);
        if last {
            break (came, played);
        }
    };
    assert_eq!((whole, sounded), (5 * RATE as u64, 5 * 48_000), "no sample is lost at the loudspeaker's rate");
    assert_eq!(reply.heard(), "One two", "it speaks more slowly, as is known now");
    reply.played(clause, whole / 2, false);
    assert_eq!(reply.heard(), "One two three four five");
    reply.played(clause, whole, true);
    assert_eq!(reply.heard(), SENTENCE);
}

#[test]
fn samples_without_a_header_are_taken_at_24_khz() {
    let up = BrainServer::start(|asked, client| {
        if asked.body["response_format"] == "pcm" {
            begin(client);
            send(client, &[0, 0x40].repeat(24_000));
        } else {
            refuse(client, "422 Unprocessable Entity", "{\"error\":{\"message\":\"response_format\"}}");
        }
    });
    let (mut voice, own) = voice(&tts(&up.url));
    for _ in 0..2 {
        let (samples, timing) = spoken(&mut voice, SENTENCE);
        assert_eq!((samples.len(), timing.rate, timing.words.len()), (24_000, 24_000, 10));
    }
    assert_eq!((up.count(), own.len()), (3, 0));
}

#[test]
fn golems_own_voice_speaks_whatever_is_wrong_with_the_server() {
    let mp3 = BrainServer::start(|_, client| {
        begin(client);
        say(client, "ID3\u{4}\0\0\0\0\0\0\0\0");
    });
    let silent = speaking(22_050, 0);
    for (what, server) in broken().into_iter().chain([("sends MP3", mp3), ("sends no sound", silent)]) {
        let settings = TtsConfig { first_byte_ms: if what == "stalls" { 50 } else { LONG }, ..tts(&server.url) };
        let (mut voice, own) = voice(&settings);
        let (samples, timing) = spoken(&mut voice, SENTENCE);
        assert_eq!((samples.len(), timing.rate), (100 * SENTENCE.len(), 8_000), "{what}");
        assert_eq!(own.try_iter().collect::<Vec<_>>(), [SENTENCE], "{what}");
        assert_eq!(voice.describe(), format!("own instead of alloy at {}", server.url), "{what}");
        server.over();
    }
}

#[test]
fn the_rest_of_a_clause_that_breaks_off_is_spoken_by_golems_own_voice() {
    // A third of the clause, at the pace that golem expects before it knows better.
    let part = SENTENCE.len() * 22_050 / 15 / 3;
    let cut = BrainServer::start(move |_, client| {
        promise(client, 1_000_000);
        send(client, &wav(22_050, part));
    });
    let standing = BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(22_050, part));
        stall(client);
    });
    for (what, server) in [("cut", cut), ("standing", standing)] {
        let settings = TtsConfig { stall_ms: if what == "standing" { 50 } else { LONG }, ..tts(&server.url) };
        let (mut voice, own) = voice(&settings);
        let (samples, timing) = spoken(&mut voice, SENTENCE);
        let rest = own.recv().unwrap();
        assert!(
            SENTENCE.ends_with(&rest) && rest.len() > SENTENCE.len() / 2 && rest.len() < SENTENCE.len(),
            "{what}: {rest}"
        );
        let own_length = (100 * rest.len()) as u64 * 22_050 / 8_000;
        assert!((samples.len() as u64).abs_diff(part as u64 + own_length) < 4_000, "{what}: {}", samples.len());
        assert_eq!((timing.rate, timing.words.len()), (22_050, 10), "{what}");
        server.over();
    }
}

#[test]
fn the_next_server_speaks_what_the_first_does_not() {
    let part = SENTENCE.len() * 22_050 / 15 / 3;
    let refuses = BrainServer::start(|_, client| refuse(client, "500 Internal Server Error", "{}"));
    let breaks = BrainServer::start(move |_, client| {
        promise(client, 1_000_000);
        send(client, &wav(22_050, part));
    });
    for first in [refuses, breaks] {
        let second = speaking(8_000, 8_000);
        let fallback = vec![SpeechServerConfig { voice: "joe".into(), ..endpoint(&second.url) }];
        let (mut voice, own) = voice(&TtsConfig { fallback, ..tts(&first.url) });
        let (samples, timing) = spoken(&mut voice, SENTENCE);
        assert_eq!((own.len(), timing.words.len()), (0, 10), "golem's own is not needed");
        let asked = second.asked().body;
        let rest = asked["input"].as_str().unwrap();
        assert!(asked["voice"] == "joe" && SENTENCE.ends_with(rest), "{asked}");
        // The rate of a clause is that of its beginning.
        let wanted = if rest == SENTENCE { 8_000 } else { part + 22_050 };
        assert!(samples.len().abs_diff(wanted) < 4_000, "{} of {wanted}", samples.len());
        assert_eq!(voice.describe(), format!("joe at {}", second.url));
    }
}

#[test]
fn sound_without_an_end_is_hung_up_on() {
    let up = BrainServer::start(|_, client| {
        begin(client);
        send(client, &wav(8_000, 1));
        while client.write_all(&[1; 8_192]).is_ok() {}
    });
    let (mut voice, own) = voice(&tts(&up.url));
    let (samples, _) = spoken(&mut voice, "Hi.");
    assert!(samples.len() < 8_000 * 60, "{}", samples.len());
    assert_eq!(own.len(), 0, "all of it was said");
    up.over();
}

/// A worker with a server that has begun a clause and goes no further, and its jobs, clips and turns.
fn worker(
    up: &BrainServer,
) -> (std::thread::JoinHandle<()>, crossbeam_channel::Sender<TtsJob>, Receiver<Event>, TurnClock) {
    let settings = tts(&up.url);
    let (jobs, inbox) = unbounded();
    let (clips_in, clips) = unbounded();
    let (events_in, events) = unbounded();
    let turns = TurnClock::new();
    let own_turns = turns.clone();
    let thread = std::thread::spawn(move || {
        let worker = TtsWorker::new(Box::new(voice(&settings).0), 48_000, own_turns, Baton::default());
        worker.run(&inbox, &clips_in, &events_in, &mut || None);
        drop(clips);
    });
    (thread, jobs, events, turns)
}

fn hanging() -> BrainServer {
    BrainServer::start(|_, client| {
        begin(client);
        send(client, &wav(22_050, 22_050));
        stall(client);
    })
}

#[test]
fn a_barge_in_ends_the_request_also_of_a_clause_that_is_held_back() {
    for held in [false, true] {
        let up = hanging();
        let (thread, jobs, events, turns) = worker(&up);
        jobs.send(TtsJob::Speak { turn: 1, clause: 0, text: SENTENCE.into() }).unwrap();
        assert!(matches!(events.recv().unwrap(), Event::Synthesised { .. }));
        if held {
            jobs.send(TtsJob::Hold).unwrap();
        }
        turns.raise(2);
        up.over();
        drop(jobs);
        thread.join().unwrap();
        assert!(events.try_iter().all(|event| !matches!(event, Event::Failed { .. })), "{held}");
    }
}

fn golem(words: &[&str], flags: &[&str]) -> Output {
    let flags = flags.iter().flat_map(|flag| ["--set", flag]);
    program::golem(words).env("GOLEM_DATA", data()).args(flags).output().unwrap()
}

#[test]
fn a_golem_in_the_cellar_hears_and_speaks() {
    if !installed() {
        return;
    }
    let served = Served::micro(&[]);
    let url = format!("http://{}", served.http);
    let mut ears = ears(&asr(&url));
    let question = read_all(&root().join("fixtures/audio/whisper/05-flite-rms.flac")).unwrap();
    assert_eq!(heard(&mut ears, &question), "Who wrote Romeo and Juliet?");
    assert_eq!(heard(&mut ears, &question), "Who wrote Romeo and Juliet?", "over the same connection");
    let russian = AsrConfig { language: "ru".into(), ..asr(&url) };
    let weather = read_all(&root().join("fixtures/audio/whisper/24-espeak-ru-f1.flac")).unwrap();
    let mut ears = self::ears(&russian);
    ears.accept(&weather).unwrap();
    let heard = ears.finish(&Ticket::standing()).unwrap();
    assert_eq!(heard.text, "Какая сегодня погода?");
    assert!(heard.mean_logprob.is_some_and(|logprob| logprob < 0.0) && heard.no_speech.is_some(), "{heard:?}");

    let (mut voice, own) = voice(&tts(&url));
    for text in [SENTENCE, "It costs $5 and 10 ct."] {
        let (samples, timing) = spoken(&mut voice, text);
        assert_eq!((timing.rate, own.len()), (22_050, 0), "espeak's own rate");
        assert!(samples.iter().any(|sample| sample.abs() > 0.05) && samples.len() > 22_050);
        assert!(timing.words.last().is_some_and(|word| word.text_end + 1 >= text.len()), "{timing:?}");
    }
    let (mut unknown, own) = self::voice(&TtsConfig { voice: "nobody".into(), ..tts(&url) });
    spoken(&mut unknown, "Hello.");
    assert_eq!(own.try_iter().collect::<Vec<_>>(), ["Hello."], "the server has no such voice");
}

#[test]
fn a_whole_conversation_goes_through_a_golem_in_the_cellar() {
    if !installed() {
        return;
    }
    let served = Served::micro(&[]);
    let (asr_url, tts_url) = (format!("asr.url=http://{}", served.http), format!("tts.url=http://{}", served.http));
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let input = ["--input", "fixtures/audio/whisper/05-flite-rms.flac", "--events", events.to_str().unwrap()];
    let flags = ["asr.engine=openai", "tts.engine=openai", &asr_url, &tts_url, "intents.enabled=false"];
    let output = golem(&input, &flags);
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains(&format!("ears: whisper-1 at http://{}", served.http)), "{printed}");
    let text = fs::read_to_string(&events).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(text.contains("Who wrote Romeo and Juliet?"), "{text}");
    let heard = events.iter().filter(|event| event["type"] == "heard").count();
    assert!(heard > 0, "{text}");
    let metrics = served.get("/metrics").text();
    assert!(metrics.contains("golem_serve"), "{metrics}");
}

#[test]
fn the_doctor_says_of_both_how_they_are_and_what_to_type() {
    if !installed() {
        return;
    }
    let served = Served::micro(&[]);
    let asr_url = format!("asr.url=http://{}", served.http);
    let flags = ["asr.engine=openai", &asr_url, "tts.engine=openai", "tts.url=http://127.0.0.1:1"];
    let output = golem(&["doctor", "--quick", "--json"], &flags);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let finding = |subject: &str| findings.iter().find(|finding| finding["subject"] == subject).cloned().unwrap();
    assert_eq!(finding("ears server")["verdict"], "ok", "{findings:?}");
    let voice = finding("voice server");
    assert!(voice["seen"].as_str().unwrap().contains("nothing listens there"), "{voice}");
    assert!(voice["next"].as_str().unwrap().contains("tts.url"), "{voice}");
}

#[test]
fn the_settings_are_refused_with_what_to_write() {
    for (flags, wanted) in [
        (&["asr.engine=openai", "asr.url=box:80"][..], "http://"),
        (&["tts.engine=openai", "tts.url=http://me:hidden@host"], "key_env"),
        (&["tts.url=http://box"], "tts.engine"),
        (&["asr.engine=openai", "asr.key_env=sk-hidden"], "not the key"),
    ] {
        let output = golem(&["config", "check"], flags);
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && printed.contains(wanted) && !printed.contains("hidden"), "{printed}");
    }
    assert!(golem(&["config", "check"], &["asr.engine=openai", "tts.engine=openai"]).status.success());
}

#[test]
fn published_weights_hear_in_the_cellar_what_they_have_said_there() {
    let Some(models) = real::models() else { return };
    let mut command = real::golem(&models, &["serve"]);
    command.current_dir(root());
    let served = Served::start(&mut command);
    let url = format!("http://{}", served.http);
    let text = "The quick brown fox jumps over the lazy dog.";
    let (mut voice, own) = voice(&tts(&url));
    let (samples, timing) = spoken(&mut voice, text);
    assert_eq!((own.len(), timing.words.len()), (0, 9));
    let audio = golem::signal::resample::resample(&samples, timing.rate, 16_000);
    let words = heard(&mut ears(&asr(&url)), &audio).to_lowercase();
    // Piper says it in another way each time: one of the words may differ.
    let right = text.to_lowercase().split(' ').filter(|word| words.split(' ').any(|heard| heard == *word)).count();
    assert!(right >= 8, "{words}");
}

#[test]
fn ears_that_take_over_are_reported() {
    let up = hearing("Well.");
    let mut ears = ears(&asr(&up.url));
    assert_eq!(heard(&mut ears, &[0.1; 7]), "Well.");
    let (reports_in, reports) = unbounded();
    let mut reporter = golem::worker::takeover::TakeoverReporter::new(ears.describe())
        .to(Box::new(move |what: &str, at: Option<String>| reports_in.send((what.to_owned(), at)).unwrap()));
    reporter.look(|| ears.describe(), || ears.address());
    assert_eq!(reports.len(), 0);
    reporter.look(|| "own".into(), || None);
    assert_eq!(reports.try_iter().collect::<Vec<_>>(), [("own".to_owned(), None)]);
}
