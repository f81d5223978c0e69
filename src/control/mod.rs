//! What front ends know of a running golem: updates out, commands in.

pub mod attached;
pub mod client;
pub mod hub;
pub mod server;
pub mod tally;
pub mod wire;

use serde::{Deserialize, Serialize};

use crate::message::Time;
use crate::message::word::{Word, word};
pub use crate::message::{Command, Decision, Mode, Note, Part, State};

/// A part of golem that has become ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// `microphone`, `vad`, `ears`, `commands`, `brain`, `voice` or `loudspeaker`.
    #[serde(deserialize_with = "word")]
    pub part: Word,
    /// Which one, in a few words.
    pub what: String,
    /// Why this one.
    pub why: String,
}

/// What the meters show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// The microphone, in decibels below full scale, -100..=0.
    pub decibels: f32,
    /// Probability of a voice in it, 0..=1.
    pub probability: f32,
    /// The probability from which on it counts as a voice now, 0..=1.
    #[serde(default)]
    pub threshold: f32,
    /// What golem itself plays, in decibels below full scale, -100..=0: what may come back as an echo.
    #[serde(default = "silence")]
    pub output: f32,
}

/// Decibels of a loudspeaker that says nothing.
fn silence() -> f32 {
    -100.0
}

/// Something that can be chosen for a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// For which part.
    pub part: Part,
    /// What to call it when choosing it.
    pub name: String,
    /// What it is, in a few words; empty where the name says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// Whether it is in use now.
    #[serde(default)]
    pub current: bool,
}

/// What a part is called in [`Ready`].
#[must_use]
pub fn part_name(part: Part) -> Word {
    match part {
        Part::Microphone => "microphone",
        Part::Loudspeaker => "loudspeaker",
        Part::Voice => "voice",
        Part::Ears => "ears",
        Part::Brain => "brain",
    }
}

/// The notice that a part stays as it is, and why.
#[must_use]
pub fn unchanged(part: Part, reason: &str) -> String {
    format!("{} not changed: {reason}", part_name(part))
}

/// News for front ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A part is ready.
    Ready(Ready),
    /// Everything is ready; golem listens.
    Listening,
    /// The dialogue said something at a time.
    Note(Time, Note),
    /// Another word of a reply has been heard.
    Spoken {
        /// The reply's turn.
        turn: u64,
        /// All that has been heard of it so far.
        text: String,
    },
    /// What is heard and played now.
    Level(Levels),
    /// Something a person should know: a device lost, back or replaced.
    Notice(String),
    /// Audio samples the microphone delivered and golem could not take, in all.
    Dropped(u64),
    /// What can be chosen; sent on request.
    Offers(Vec<Offer>),
    /// The golem that was followed has gone away, and is looked for: nothing that was known of it holds any more.
    Away,
    /// Golem cannot go on.
    Fatal(String),
}

/// A text on one line, without anything that a terminal would obey: names of devices and of files can hold what they like.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// One event as a line of JSON: `t` in seconds of audio time, then the note's own fields.
#[derive(Serialize)]
struct Line<'a> {
    t: f64,
    #[serde(flatten)]
    note: &'a Note,
}

/// A note as one line of JSON without its line break. Times are rounded to the tenth of a millisecond.
pub fn json_line(time: Time, note: &Note) -> String {
    let t = (time.as_secs_f64() * 1e4).round() / 1e4;
    serde_json::to_string(&Line { t, note }).unwrap_or_default()
}

/// A note as a line that people read, for those that people want to read.
pub fn plain_line(note: &Note) -> Option<String> {
    match note {
        Note::Transcript { text, ignored: None, .. } => Some(format!("you: {text}")),
        Note::Transcript { text, ignored: Some(why), .. } if !text.is_empty() => Some(format!("you: ({why}) {text}")),
        Note::Heard { text, interrupted, .. } => Some(format!("golem: {text}{}", if *interrupted { " —" } else { "" })),
        Note::Latency(ledger) => ledger.first_sample.map(|wait| format!("       ({:.0} ms)", wait * 1e3)),
        Note::Decision(decision) => Some(decision_line(decision)),
        Note::Confirm { seconds, .. } => Some(format!("       (yes or no? {seconds:.0} s)")),
        Note::Confirmed { answer, .. } => Some(format!("       (answer: {answer})")),
        Note::Outcome { outcome, .. } => outcome.status.map(|status| format!("       (exit status {status})")),
        Note::Mode { mode } => Some(match mode {
            Mode::Chat => "commands and conversation".into(),
            Mode::Intent => "commands only".into(),
        }),
        Note::Muted { on } => Some(if *on { "muted".into() } else { "unmuted".into() }),
        Note::Error { stage, reason } => Some(format!("error: {}: {reason}", format!("{stage:?}").to_lowercase())),
        _ => None,
    }
}

/// A decision in words: the command and its slots, or why it is none.
fn decision_line(decision: &Decision) -> String {
    let Some(intent) = &decision.intent else { return format!("no command: {}", decision.reason) };
    let mut line = vec![format!("command: {intent}")];
    line.extend(decision.slots.iter().map(|(name, value)| format!("{name}={value:?}")));
    line.extend(decision.argv.as_ref().map(|argv| format!("-> {}", argv.join(" "))));
    line.extend(decision.dry_run.then(|| "(dry run)".to_string()));
    line.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_line_has_time_and_type_first() {
        let line = json_line(Time::from_micros(1_234_567), &Note::State { state: State::Pause });
        assert_eq!(line, r#"{"t":1.2346,"type":"state","state":"pause"}"#);
    }
}
