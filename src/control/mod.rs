//! The control of a running golem: updates out, requests in.

pub mod attached;
pub mod beside;
pub mod client;
pub mod followed;
pub mod hub;
pub mod server;
pub mod tally;
pub mod wire;

use serde::Serialize;

use crate::message::Time;
pub use crate::message::{Decision, Levels, Mode, Note, Offer, Part, Ready, RefusedRequest, Request, State, Update};

/// A text on one line, without control characters that a terminal would obey: names of devices and files can hold any.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// One event as a line of JSON: `t` in seconds of audio time, then the note's own fields.
#[derive(Serialize)]
struct EventLine<'a> {
    t: f64,
    #[serde(flatten)]
    note: &'a Note,
}

/// A note as one line of JSON without its line break. Times are rounded to the tenth of a millisecond.
pub fn json_line(time: Time, note: &Note) -> String {
    let t = (time.as_secs_f64() * 1e4).round() / 1e4;
    serde_json::to_string(&EventLine { t, note }).unwrap_or_default()
}

/// A note as a line for people; `None` if people do not want to read it.
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
        Note::Waiting { on } => Some(if *on { "waiting for the wake phrase".into() } else { "listening".into() }),
        Note::Error { part, reason } => Some(format!("error: {}: {reason}", part.stage())),
        _ => None,
    }
}

/// A decision in words: the command and its slots, or why there is none.
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
