//! The words in which a scenario is written.

use golem::config::{Ahead, Config};
use golem::message::{Event, Mode, Part, Request, Timing, Transcript};
use serde::Deserialize;

/// One scenario. Times are in milliseconds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The sentence it holds golem to.
    pub promise: String,
    /// Settings other than the defaults.
    #[serde(default)]
    pub config: Config,
    /// A commands file.
    #[serde(default)]
    pub commands: String,
    /// What the clock on the wall shows at the beginning, in UTC; golem does not know where there is nothing.
    #[serde(default)]
    pub wall: String,
    /// Time that an order takes; what its program prints is what it was called with.
    #[serde(default = "ten")]
    pub act_ms: u64,
    /// The exit status with which its program fails, if it does.
    pub act_fails: Option<i32>,
    /// What was said before golem was started anew: `user: …` or `golem: …`.
    #[serde(default)]
    pub earlier: Vec<String>,
    /// The mean of the person's own pauses that was kept before golem was started anew, if one was.
    pub known_pauses_ms: Option<u64>,
    /// Whether the ears gain from decoding ahead of time.
    #[serde(default = "yes")]
    pub speculates: bool,
    /// What golem does in a pause; nothing where a promise is about something else, so that its moments are those of the
    /// stages one after the other.
    #[serde(default = "off")]
    pub ahead: Ahead,
    /// What the ears understand, utterance by utterance; nothing beyond.
    #[serde(default)]
    pub hears: Vec<Hears>,
    /// What the brain replies, turn by turn; the last one again and again.
    #[serde(default = "reply")]
    pub replies: Vec<Reply>,
    /// How likely the turn is over, as the turn model hears it, pause by pause; there is no model beyond.
    #[serde(default)]
    pub over: Vec<f32>,
    /// Time of one judgement of a pause.
    #[serde(default = "ten")]
    pub turn_ms: u64,
    /// Whose voice each utterance is in, as the speaker check hears it; no answer comes beyond.
    #[serde(default)]
    pub voices: Vec<Voice>,
    /// Time of one speaker check.
    #[serde(default = "ten")]
    pub speaker_ms: u64,
    /// Time of one decoding.
    #[serde(default = "hundred")]
    pub asr_ms: u64,
    /// Time of one word of a reply.
    #[serde(default = "ten")]
    pub token_ms: u64,
    /// Time of one synthesis.
    #[serde(default = "ten")]
    pub tts_ms: u64,
    /// How long a word sounds.
    #[serde(default = "two_hundred")]
    pub word_ms: u64,
    /// Whether the voice tells where words end.
    #[serde(default = "yes")]
    pub marks: bool,
    /// What is wrong with the voice: `fails`, `silent` (no samples) or `dead` (no answer).
    #[serde(default)]
    pub voice: String,
    /// Whether the loudspeaker hangs.
    #[serde(default)]
    pub mute_speaker: bool,
    /// What happens.
    pub steps: Vec<Step>,
    /// Lines of the trace, in order: `608 transcribe 1`, or without a time.
    pub expect: Vec<String>,
    /// Lines that must not appear, at all or from a time on.
    #[serde(default)]
    pub never: Vec<String>,
    /// The conversation at the end.
    pub history: Option<Vec<String>>,
    /// The state at the end.
    #[serde(default = "idle")]
    pub state: String,
    /// When the run ends, at the latest.
    #[serde(default = "two_minutes")]
    pub until: u64,
}

/// What the ears make of an utterance.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Hears {
    /// Just words.
    Words(String),
    /// Words that the grammar's ears heard, and how sure they are.
    Command {
        /// The words.
        command: String,
        /// 0..=1.
        confidence: f32,
        /// What dictation made of them.
        #[serde(default)]
        text: String,
    },
    /// Everything else.
    Full {
        /// The words.
        #[serde(default)]
        text: String,
        /// Probability that nobody spoke.
        no_speech: Option<f32>,
        /// Mean log-probability of a token.
        logprob: Option<f32>,
        /// Time of this decoding; `never` answers above an hour.
        ms: Option<u64>,
        /// Why it fails, if it does.
        fails: Option<String>,
    },
}

/// Whose voice an utterance is in.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// Likeness to the nearest enrolled voice.
    pub enrolled: f32,
    /// Likeness to golem's own voice.
    pub own: Option<f32>,
    /// Seconds of voice.
    pub seconds: f32,
    /// Time of this check.
    pub ms: Option<u64>,
}

/// What the brain replies.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Reply {
    /// Just text.
    Text(String),
    /// Text that comes late, or not to its end.
    Full {
        /// The text.
        text: String,
        /// Time to the first word.
        #[serde(default)]
        first_ms: u64,
        /// Words after which nothing more comes.
        stalls_after: Option<usize>,
        /// Words after which the brain fails.
        fails_after: Option<usize>,
    },
}

/// One thing that happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When.
    pub at: u64,
    /// The person speaks for so long.
    pub voice: Option<u64>,
    /// Probability of that voice.
    #[serde(default = "sure")]
    pub p: f32,
    /// Frames with these probabilities are heard.
    pub frames: Option<Vec<f32>>,
    /// A key: `interrupt`, `mute`, `unmute`, `press`, `release`, `repeat`, `yes`, `no`, `listen`, `mode …`,
    /// `say …` or `ask …`.
    pub key: Option<String>,
    /// News out of turn: `piece 1 text`, `end 1`, `transcript 1 text`, `played 1.0 1600 done`, `synthesised 1.0 1600`,
    /// `partial 1 text`, `called` or `failed llm 1 reason`.
    pub event: Option<String>,
}

impl Step {
    /// What the dialogue is told, unless it is sound.
    pub fn told(&self) -> Option<Event> {
        let key = self.key.as_ref().map(|key| Event::Request(command(key)));
        key.or_else(|| self.event.as_ref().map(|event| news(event)))
    }
}

fn command(key: &str) -> Request {
    match key.split_once(' ').unwrap_or((key, "")) {
        ("interrupt", _) => Request::Stop,
        ("mute", _) => Request::Mute,
        ("unmute", _) => Request::Unmute,
        ("press", _) => Request::Talk { on: true },
        ("release", _) => Request::Talk { on: false },
        ("repeat", _) => Request::Repeat,
        ("yes", _) => Request::Answer { yes: true },
        ("no", _) => Request::Answer { yes: false },
        ("ask", text) => Request::Ask { text: text.into() },
        ("listen", _) => Request::Listen,
        ("say", text) => Request::Say { text: text.into() },
        ("mode", "chat") => Request::Mode { mode: Mode::Chat },
        ("mode", "intent") => Request::Mode { mode: Mode::Intent },
        _ => panic!("unknown key {key}"),
    }
}

fn news(line: &str) -> Event {
    let mut words = line.splitn(3, ' ');
    let (kind, number, rest) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next().unwrap_or(""));
    let n = |text: &str| text.parse().unwrap_or_else(|_| panic!("no number in {line}"));
    let place = || number.split_once('.').map(|(turn, clause)| (n(turn), clause.parse().expect("a clause")));
    match kind {
        "called" => Event::Called,
        "piece" => Event::Piece { turn: n(number), text: rest.into() },
        "end" => Event::ReplyEnd { turn: n(number) },
        "partial" => Event::Partial { utterance: n(number), text: rest.into() },
        "transcript" => Event::Transcript {
            utterance: n(number),
            transcript: Transcript { text: rest.into(), ..Transcript::default() },
        },
        "played" => {
            let (turn, clause) = place().expect("turn.clause");
            let samples = n(rest.trim_end_matches(" done"));
            Event::Played { turn, clause, samples, done: rest.ends_with("done") }
        }
        "synthesised" => {
            let (turn, clause) = place().expect("turn.clause");
            Event::Synthesised { turn, clause, timing: Timing { samples: n(rest), rate: 16_000, words: Vec::new() } }
        }
        "failed" => {
            let part = match number {
                "asr" => Part::Asr,
                "llm" => Part::Llm,
                "tts" => Part::Tts,
                "capture" => Part::Capture,
                _ => Part::Playback,
            };
            let (number, reason) = rest.split_once(' ').expect("number and reason");
            Event::Failed { part, number: n(number), reason: reason.into() }
        }
        _ => panic!("unknown event {line}"),
    }
}

fn off() -> Ahead {
    Ahead::Off
}

fn yes() -> bool {
    true
}

fn sure() -> f32 {
    0.9
}

fn ten() -> u64 {
    10
}

fn hundred() -> u64 {
    100
}

fn two_hundred() -> u64 {
    200
}

fn two_minutes() -> u64 {
    120_000
}

fn idle() -> String {
    "idle".into()
}

fn reply() -> Vec<Reply> {
    vec![Reply::Text("Here you are. This is the second sentence of a reply.".into())]
}
