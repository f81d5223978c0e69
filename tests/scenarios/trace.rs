//! What happened, line by line.

use std::fmt;

use golem::message::{Action, Message, Note, Role, State};
use golem::order::Deed;

/// One line of the trace.
#[derive(Clone, Debug)]
pub struct Line {
    /// Milliseconds since the start.
    pub at: u64,
    /// What happened.
    pub text: String,
}

impl Line {
    /// The time, if one is given, and the pattern of a wanted line.
    pub fn wanted(text: &str) -> (Option<u64>, &str) {
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        first.parse().map_or((None, text), |at| (Some(at), rest))
    }

    /// Whether the line begins with the words of `pattern`.
    pub fn is(&self, pattern: &str) -> bool {
        let rest = self.text.strip_prefix(pattern);
        rest.is_some_and(|rest| rest.is_empty() || !rest.starts_with(char::is_alphanumeric))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.text)
    }
}

/// The name of a state.
pub fn state(state: State) -> String {
    format!("{state:?}").to_lowercase()
}

/// A line of the conversation.
pub fn message(message: &Message) -> String {
    let who = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "golem",
    };
    format!("{who}: {}", message.text)
}

/// What an action looks like in the trace.
pub fn action(action: &Action) -> String {
    match action {
        Action::Listen(n) => format!("listen {n}"),
        Action::ListenBack(n) => format!("listen back {n}"),
        Action::Transcribe { utterance: n, .. } => format!("transcribe {n}"),
        Action::Judge { utterance, pause } => format!("judge {utterance}.{pause}"),
        Action::Identify { utterance, pause } => format!("identify {utterance}.{pause}"),
        Action::Close(n) => format!("close {n}"),
        Action::Discard(n) => format!("discard {n}"),
        Action::Think { turn, conversation } => {
            let last = conversation.last().map(message).unwrap_or_default();
            format!("think {turn} {last}")
        }
        Action::Read { turn, .. } => format!("read {turn}"),
        Action::Prepare { turn, conversation } => {
            let last = conversation.last().map(message).unwrap_or_default();
            format!("prepare {turn} {last}")
        }
        Action::Utter(turn) => format!("utter {turn}"),
        Action::Perform { turn, decision, order } => {
            let deed = match &order.deed {
                Deed::Run(argv) => argv.join(" "),
                deed => format!("{deed:?}"),
            };
            format!("perform {turn} of {decision} {deed}")
        }
        Action::Abort(turn) => format!("abort {turn}"),
        Action::Mute(on) => format!("mute {on}"),
        Action::Hold => "hold".into(),
        Action::Release => "release".into(),
        Action::Speak { turn, clause, text } => format!("speak {turn}.{clause} {text}"),
        Action::Duck(on) => format!("duck {}", if *on { "on" } else { "off" }),
        Action::Cut => "cut".into(),
        Action::Resume { turn, clause } => format!("resume {turn}.{clause}"),
        Action::Cancel(turn) => format!("cancel {turn}"),
        Action::KeepPauses(mean) => format!("keep pauses {}", mean.as_millis()),
        Action::Note(told) => note(told),
    }
}

fn note(note: &Note) -> String {
    match note {
        Note::State { state: new } => format!("state {}", state(*new)),
        Note::SpeechStart { utterance } => format!("speech {utterance} starts"),
        Note::SpeechEnd { utterance, voiced } => format!("speech {utterance} ends voiced={voiced}"),
        Note::Partial { utterance, text } => format!("partial {utterance} {text}"),
        Note::Transcript { utterance, text, ignored } => {
            format!(
                "understood {utterance} {} {text}",
                ignored.map_or_else(|| "words".into(), |ignored| ignored.to_string())
            )
        }
        Note::Typed { turn, text } => format!("typed {turn} {text}"),
        Note::Reply { turn, text } => format!("reply {turn} {text}"),
        Note::Clause { turn, clause, .. } => format!("clause {turn}.{clause}"),
        Note::AudioStart { turn } => format!("audio {turn}"),
        Note::Duck { on } => format!("ducked {on}"),
        Note::Cut { turn } => format!("silenced {turn}"),
        Note::Resume { turn, clause } => format!("resumed {turn}.{clause}"),
        Note::Cancel { turn, reason } => format!("dropped {turn} {reason}"),
        Note::Heard { turn, text, interrupted } => {
            format!("heard {turn} {} {text}", if *interrupted { "part" } else { "all" })
        }
        Note::Latency(l) => {
            let value = |v: Option<f64>| v.map_or("-".into(), |v| format!("{v:.3}"));
            let stages = [l.endpoint, l.transcript, l.first_token, l.first_clause, l.first_sample].map(value).join(" ");
            format!("latency {} {:.3} {stages}", l.turn, l.end_of_speech)
        }
        Note::Decision(decision) => {
            let slots: Vec<_> = decision.slots.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            let slots = slots.concat();
            format!(
                "decided {} {}{slots} ({})",
                decision.utterance,
                decision.intent.as_deref().unwrap_or("-"),
                decision.reason
            )
        }
        Note::Confirm { turn, question, .. } => format!("asks {turn} {question}"),
        Note::Confirmed { turn, decision, answer } => format!("answered {turn} of {decision} {answer}"),
        Note::Outcome { turn, decision, outcome } => format!("outcome {turn} of {decision} {}", outcome.say),
        Note::Waiting { on } => format!("waiting {on}"),
        Note::Muted { on } => format!("muted {on}"),
        Note::Mode { mode } => format!("mode {mode:?}").to_lowercase(),
        Note::Error { part, reason } => format!("error {} {reason}", part.stage()),
    }
}
