//! Speech to text and text to speech on servers, over real sockets: golems that serve, and servers that stall, refuse,
//! lie and break off.

#[path = "../common/brain.rs"]
mod brain;
#[path = "../common/place.rs"]
mod place;
#[path = "../common/program.rs"]
mod program;
#[path = "../common/real.rs"]
mod real;
#[path = "../common/served.rs"]
mod served;

mod recognition;
mod runs;
mod synthesis;

use std::cell::Cell;
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use brain::{BrainServer, begin, refuse, say, stall};
use crossbeam_channel::{Receiver, unbounded};
use golem::config::speech_engine::{AsrEngine, TtsEngine};
use golem::config::speech_server::SpeechServerConfig;
use golem::config::{AsrConfig, TtsConfig};
use golem::engine::delivery::Delivery;
use golem::engine::fake::SampleCounter;
use golem::engine::remote::asr::ServerTranscriber;
use golem::engine::remote::local::ClockReader;
use golem::engine::remote::tts::ServerSynthesizer;
use golem::engine::{EngineError, Speech, Synthesizer, Transcriber};
use golem::message::{Timing, Transcript};
use golem::turn::Ticket;

thread_local! {
    /// How far this thread's clock is ahead.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// How much further each look at the ticking clock puts it.
    static STEP: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

fn clock() -> Instant {
    Instant::now() + AHEAD.get()
}

/// A clock that goes on by the looks at it alone, so that a busy machine changes nothing.
fn ticking() -> Instant {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    AHEAD.set(AHEAD.get() + STEP.get());
    *BEGAN + AHEAD.get()
}

/// How far the ticking clock goes on in the meantime.
fn waited(meanwhile: impl FnOnce()) -> Duration {
    let before = AHEAD.get();
    STEP.set(Duration::from_millis(100));
    meanwhile();
    STEP.set(Duration::ZERO);
    AHEAD.get().saturating_sub(before)
}

/// The words of golem's own asr: the number of samples.
fn counted(samples: usize) -> Transcript {
    Transcript { text: format!("{samples} samples"), ..Transcript::default() }
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
    ears_by(settings, clock)
}

fn ears_by(settings: &AsrConfig, clock: ClockReader) -> ServerTranscriber {
    let own = Box::new(|| Ok(Box::new(SampleCounter::new(counted)) as Box<dyn Transcriber>));
    ServerTranscriber::new(settings.servers(), settings, own, clock)
}

fn tts(url: &str) -> TtsConfig {
    let (first_byte_ms, stall_ms) = (LONG, LONG);
    TtsConfig { engine: TtsEngine::OpenAi, url: url.into(), first_byte_ms, stall_ms, ..TtsConfig::default() }
}

/// A tts on the server, and the texts that golem's own was asked to speak.
fn voice(settings: &TtsConfig) -> (ServerSynthesizer, Receiver<String>) {
    voice_by(settings, clock)
}

fn voice_by(settings: &TtsConfig, clock: ClockReader) -> (ServerSynthesizer, Receiver<String>) {
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

/// The beginning of an answer of so many bytes.
fn promise(client: &mut TcpStream, bytes: usize) {
    say(client, &format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n"));
}

const SENTENCE: &str = "One two three four five six seven eight nine ten.";

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

/// A server of the settings at that address.
fn endpoint(url: &str) -> SpeechServerConfig {
    SpeechServerConfig { url: url.into(), ..SpeechServerConfig::default() }
}
