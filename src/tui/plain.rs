//! The front end without a screen: a line per event, and questions from the terminal that it was started on.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use super::TuiError;
use crate::control::{Request, Update, clean, json_line, plain_line};

/// The notice when golem has gone away.
pub const AWAY: &str = "golem has gone away; looking for it every second (\"golem --daemon\" starts one)";
/// Interval of looking at the stop flag while nothing happens.
const LOOK: Duration = Duration::from_millis(250);

/// Writes a line per event to standard output until `stop` is set, golem ends, or the reader of the output goes away.
///
/// With `json` every line is an object with a `type`; those of the dialogue have the time `t` too. Where standard input
/// is a terminal, a line typed there is a question, and its end (Ctrl-D) ends golem.
///
/// # Errors
/// When standard output cannot be written, and with [`TuiError::Fatal`] when golem could not go on.
#[allow(clippy::needless_pass_by_value)] // the ends of the channels are handed over: they close on return
pub fn run_plain(
    updates: Receiver<Update>,
    requests: Sender<Request>,
    stop: Arc<AtomicBool>,
    json: bool,
) -> Result<(), TuiError> {
    let lines = if io::stdin().is_terminal() { read_lines().map_err(TuiError::Terminal)? } else { never() };
    write_lines(&updates, &lines, &requests, &stop, json, &mut io::stdout())
}

/// The lines typed. The thread ends with the process: nothing wakes it from a terminal without input.
fn read_lines() -> io::Result<Receiver<String>> {
    let (sender, lines) = bounded(16);
    Builder::new().name("lines".into()).spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}

fn write_lines(
    updates: &Receiver<Update>,
    lines: &Receiver<String>,
    requests: &Sender<Request>,
    stop: &AtomicBool,
    json: bool,
    out: &mut impl Write,
) -> Result<(), TuiError> {
    let line_of = if json { in_json } else { in_words };
    while !stop.load(Ordering::Relaxed) {
        select! {
            recv(updates) -> update => {
                let Ok(update) = update else { return Ok(()) };
                if let Update::Fatal { reason } = &update
                    && !json
                {
                    return Err(TuiError::Fatal(reason.clone()));
                }
                let Some(line) = line_of(&update) else { continue };
                match writeln!(out, "{line}").and_then(|()| out.flush()) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                    Err(error) => return Err(TuiError::Output(error)),
                    Ok(()) => {}
                }
                if let Update::Fatal { reason } = update {
                    return Err(TuiError::Fatal(reason));
                }
            },
            recv(lines) -> line => match line {
                Err(_) => return Ok(()),
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => {
                    if requests.send(Request::Ask { text: line.trim().into() }).is_err() {
                        return Ok(());
                    }
                }
            },
            default(LOOK) => {}
        }
    }
    Ok(())
}

fn in_words(update: &Update) -> Option<String> {
    words(update).as_deref().map(clean)
}

fn words(update: &Update) -> Option<String> {
    match update {
        Update::Away => Some(format!("notice: {AWAY}")),
        Update::Ready(ready) if ready.why.is_empty() => Some(format!("ready: {}: {}", ready.part, ready.what)),
        Update::Ready(ready) => Some(format!("ready: {}: {} ({})", ready.part, ready.what, ready.why)),
        Update::Listening => Some("ready: speak, or type a question".into()),
        Update::Note { note, .. } => plain_line(note),
        Update::Notice { text, .. } => Some(format!("notice: {text}")),
        Update::Recording { folder } => Some(format!("notice: recording the microphone into {folder}")),
        Update::Dropped { samples } => Some(format!("notice: {samples} samples of the microphone dropped so far")),
        Update::Spoken { .. }
        | Update::Level(_)
        | Update::Offers { .. }
        | Update::Lost { .. }
        | Update::Fatal { .. } => None,
    }
}

fn in_json(update: &Update) -> Option<String> {
    match update {
        Update::Note { time, note } => Some(json_line(*time, note)),
        Update::Spoken { .. } | Update::Level(_) | Update::Offers { .. } | Update::Lost { .. } => None,
        update => serde_json::to_string(update).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Levels, Note, Ready};
    use crate::message::{Part, Time};
    use crossbeam_channel::unbounded;

    fn written(updates: Vec<Update>, json: bool) -> (String, Result<(), TuiError>) {
        let (news, received) = unbounded();
        for update in updates {
            news.send(update).unwrap();
        }
        drop(news);
        let (requests, _kept) = unbounded();
        let mut out = Vec::new();
        let result = write_lines(&received, &never(), &requests, &AtomicBool::new(false), json, &mut out);
        (String::from_utf8(out).unwrap(), result)
    }

    fn news() -> Vec<Update> {
        vec![
            Update::Ready(Ready { part: Part::Asr, what: "whisper base".into(), why: "fast enough".into(), at: None }),
            Update::Listening,
            Update::Level(Levels { decibels: -30.0, probability: 0.5, threshold: 0.5, output: -100.0 }),
            Update::Note {
                time: Time::ZERO,
                note: Note::Transcript { utterance: 1, text: "hello".into(), ignored: None },
            },
            Update::notice("loudspeaker \u{1b}[2Jlost"),
            Update::Dropped { samples: 512 },
        ]
    }

    #[test]
    fn in_words_every_event_is_a_line() {
        let (text, result) = written(news(), false);
        assert!(result.is_ok());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn in_json_every_line_has_a_type() {
        let (text, _) = written(news(), true);
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(value["type"].is_string(), "{line}");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_is_fatal_is_the_result() {
        let (text, result) = written(vec![Update::Fatal { reason: "no voice installed".into() }], true);
        assert!(text.contains("no voice installed"));
        assert!(matches!(result, Err(TuiError::Fatal(reason)) if reason == "no voice installed"));
    }

    #[test]
    fn typed_lines_are_questions() {
        let (typing, lines) = unbounded();
        typing.send(" what time is it ".to_string()).unwrap();
        typing.send("  ".to_string()).unwrap();
        drop(typing);
        let (requests, asked) = unbounded();
        let result = write_lines(&never(), &lines, &requests, &AtomicBool::new(false), false, &mut Vec::new());
        assert!(result.is_ok());
        assert_eq!(asked.try_iter().collect::<Vec<_>>(), [Request::Ask { text: "what time is it".into() }]);
    }
}
