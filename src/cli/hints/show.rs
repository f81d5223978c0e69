//! The output of hints: beside the captions on a terminal, in a small pane, as plain lines, as JSON.

use anyhow::{Result, ensure};
use serde_json::json;

use super::pane::HintPane;
use crate::cli::captions::lines::{self, newest, wrapped};
use crate::cli::captions::output::CaptionForm;
use crate::cli::captions::terminal::columns;
use crate::cli::hear::write::show;
use crate::cli::usage::Usage;
use crate::control::beside::FollowedSocket;
use crate::runtime::captions::event::CaptionEvent;
use crate::runtime::captions::source::CaptionSource;
use crate::runtime::hints::{HintDisplay, HintUpdate};

/// The way hints are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintForm {
    /// Captions above, hint and words as they come in the last lines.
    Terminal { colours: bool },
    /// So many rows at the top of the terminal.
    Compact { rows: usize, colours: bool },
    /// A line for each whole part and each whole hint.
    Lines,
    /// An object in a line for each event.
    Json,
}

impl HintForm {
    /// The form that was asked for, or that suits standard output.
    ///
    /// # Errors
    /// [`Usage`] for a pane without rows.
    pub fn choose(json: bool, compact: Option<u16>) -> Result<Self> {
        let form = CaptionForm::choose(json);
        let colours = matches!(form, CaptionForm::Terminal { colours: true });
        if let Some(rows) = compact {
            ensure!(rows > 0, Usage("a pane needs rows; write for example --compact=4".into()));
            return Ok(Self::Compact { rows: rows.into(), colours });
        }
        Ok(match form {
            CaptionForm::Terminal { colours } => Self::Terminal { colours },
            CaptionForm::Lines => Self::Lines,
            CaptionForm::Json => Self::Json,
        })
    }
}

/// Shows captions and hints.
pub struct HintWriter {
    form: HintForm,
    /// Whether captions name their source: they do if there are several.
    named: bool,
    pane: HintPane,
    /// The source of the words in `pane`.
    heard: Option<CaptionSource>,
    /// Whether the hint in `pane` is still coming.
    coming: bool,
    /// Rows that are drawn in the last lines of the terminal.
    drawn: usize,
    /// The socket on which other programs follow.
    socket: Option<FollowedSocket>,
}

impl HintDisplay for HintWriter {
    fn caption(&mut self, event: &CaptionEvent) -> Result<()> {
        if let (Some(socket), Some(object)) = (&self.socket, event.object()) {
            socket.show(&object);
        }
        self.hear(event);
        let line = lines::line(event, self.named).unwrap_or_default();
        let text = match self.form {
            HintForm::Json => event.object().map(|object| format!("{object}\n")).unwrap_or_default(),
            HintForm::Lines => line,
            HintForm::Terminal { .. } | HintForm::Compact { .. } => self.draw(&line, columns()),
        };
        show(&text)
    }

    fn update(&mut self, news: &HintUpdate) -> Result<()> {
        if let Some(socket) = &self.socket {
            socket.show(&object(news));
        }
        let line = self.take(news);
        let text = match self.form {
            HintForm::Json => format!("{}\n", object(news)),
            HintForm::Lines => line,
            HintForm::Terminal { .. } | HintForm::Compact { .. } => self.draw(&line, columns()),
        };
        show(&text)
    }
}

impl HintWriter {
    /// A writer in `form`, also to the programs that follow on `socket`.
    pub fn new(form: HintForm, named: bool, socket: Option<FollowedSocket>) -> Self {
        Self { form, named, pane: HintPane::default(), heard: None, coming: false, drawn: 0, socket }
    }

    /// Takes the newest words into the pane. A source that has none takes only its own away.
    fn hear(&mut self, event: &CaptionEvent) {
        let (source, words) = match event {
            CaptionEvent::Partial { source, words, .. } => (*source, words.text()),
            CaptionEvent::Final { source, part, .. } if matches!(self.form, HintForm::Compact { .. }) => {
                (*source, part.transcript.text.clone())
            }
            CaptionEvent::Final { source, .. } | CaptionEvent::Dropped { source } => (*source, String::new()),
        };
        let words = words.trim();
        if !words.is_empty() || self.heard == Some(source) {
            words.clone_into(&mut self.pane.words);
            self.heard = Some(source);
        }
    }

    /// Takes an event into the pane; gives the text that is to stay on the terminal.
    fn take(&mut self, news: &HintUpdate) -> String {
        let cut = if self.coming { format!("  > {} …\n", self.pane.hint.trim()) } else { String::new() };
        match news {
            HintUpdate::Question { question, .. } => {
                let words = std::mem::take(&mut self.pane.words);
                self.pane = HintPane { question: question.text.clone(), words, ..HintPane::default() };
                self.coming = true;
                // Keep the hint before: the new question has cut it off.
                if self.form == HintForm::Lines { String::new() } else { cut }
            }
            HintUpdate::Piece { text, .. } => {
                self.pane.hint.push_str(text);
                String::new()
            }
            HintUpdate::Hint { text, kept, .. } => {
                (*text).clone_into(&mut self.pane.hint);
                (self.pane.kept, self.coming) = (*kept, false);
                let again = if *kept { " (kept)" } else { "" };
                format!("  > {text}{again}\n")
            }
            HintUpdate::Failed { reason, .. } => {
                self.pane.hint = format!("no hint: {reason}");
                self.coming = false;
                format!("  > {}\n", self.pane.hint)
            }
        }
    }

    /// The output that redraws the terminal: `above` stays, the rest is replaced by the next drawing.
    fn draw(&mut self, above: &str, columns: usize) -> String {
        match self.form {
            HintForm::Compact { rows, colours } => {
                let (ink, off) = if colours { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
                let mut drawn = self.pane.rows(columns, rows);
                let last = drawn.len().saturating_sub(1);
                for row in drawn.iter_mut().take(last).skip(1) {
                    *row = format!("{ink}{row}{off}");
                }
                format!("\x1b[H{}\x1b[K\x1b[J", drawn.join("\x1b[K\r\n"))
            }
            HintForm::Terminal { colours } => {
                let (ink, dim, off) = if colours { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
                let back = if self.drawn > 1 { format!("\x1b[{}A", self.drawn - 1) } else { String::new() };
                let room = columns.saturating_sub(1);
                let hint = if self.coming { wrapped(&format!("> {}", self.pane.hint), room) } else { Vec::new() };
                let words = newest(&self.pane.words, room);
                let mut block: Vec<String> = hint.iter().map(|line| format!("{ink}{line}{off}")).collect();
                block.push(format!("{dim}{words}{off}"));
                self.drawn = block.len();
                format!("{back}\r\x1b[J{above}{}", block.join("\n"))
            }
            HintForm::Lines | HintForm::Json => above.to_owned(),
        }
    }

    /// Leaves the terminal with whole lines only.
    pub fn end(&mut self) {
        let text = match self.form {
            HintForm::Terminal { .. } => {
                self.pane.words.clear();
                self.coming = false;
                self.draw("", columns())
            }
            HintForm::Compact { .. } => "\n".into(),
            HintForm::Lines | HintForm::Json => return,
        };
        let _ = show(&text); // a terminal that is gone needs no order
    }
}

fn object(news: &HintUpdate) -> serde_json::Value {
    match news {
        HintUpdate::Question { number, source, question, end } => json!({
            "type": "question", "number": number, "source": source, "text": question.text, "sign": question.sign,
            "end": (end.as_secs_f64() * 1e3).round() / 1e3,
        }),
        HintUpdate::Piece { number, text } => json!({ "type": "piece", "number": number, "text": text }),
        HintUpdate::Hint { number, text, kept } => {
            json!({ "type": "hint", "number": number, "text": text, "kept": kept })
        }
        HintUpdate::Failed { number, reason } => json!({ "type": "failed", "number": number, "reason": reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::hinting::question::{HeardQuestion, QuestionSign};
    use crate::message::Time;
    use crate::transcribe::agreement::LiveCaption;

    fn question() -> HeardQuestion {
        HeardQuestion { text: "What is a trait?".into(), sign: QuestionSign::Mark }
    }

    fn asked(question: &HeardQuestion) -> HintUpdate<'_> {
        HintUpdate::Question { number: 1, source: CaptionSource::System, question, end: Time::from_millis(1_500) }
    }

    #[test]
    fn a_hint_streams_in_the_last_lines_and_stays_when_it_is_whole() {
        let mut writer = HintWriter::new(HintForm::Terminal { colours: false }, false, None);
        let question = question();
        let (news, above) = (asked(&question), |writer: &mut HintWriter, news: &HintUpdate| {
            let line = writer.take(news);
            writer.draw(&line, 20)
        });
        assert_eq!(above(&mut writer, &news), "\r\x1b[J>\n");
        assert_eq!(
            above(&mut writer, &HintUpdate::Piece { number: 1, text: "An interface of types" }),
            "\x1b[1A\r\x1b[J> An interface of\ntypes\n"
        );
        let whole = HintUpdate::Hint { number: 1, text: "An interface of types.", kept: false };
        assert_eq!(above(&mut writer, &whole), "\x1b[2A\r\x1b[J  > An interface of types.\n");
    }

    #[test]
    fn a_hint_that_is_overtaken_stays_as_far_as_it_came() {
        let mut writer = HintWriter::new(HintForm::Terminal { colours: false }, false, None);
        let question = question();
        writer.take(&asked(&question));
        writer.take(&HintUpdate::Piece { number: 1, text: "An inter" });
        assert_eq!(writer.take(&asked(&question)), "  > An inter …\n");
    }

    #[test]
    fn the_pane_is_drawn_in_place() {
        let mut writer = HintWriter::new(HintForm::Compact { rows: 3, colours: false }, false, None);
        writer.take(&asked(&question()));
        writer.take(&HintUpdate::Hint { number: 1, text: "An interface.", kept: true });
        assert_eq!(writer.draw("", 30), "\x1b[H? What is a trait?\x1b[K\r\n= An interface.\x1b[K\r\n\x1b[K\x1b[J");
        assert!(HintForm::choose(false, Some(0)).is_err());
    }

    #[test]
    fn a_source_without_words_takes_only_its_own_away() {
        let mut writer = HintWriter::new(HintForm::Terminal { colours: false }, true, None);
        let partial = |source, open: &str| {
            let words = LiveCaption { stable: String::new(), open: open.into() };
            CaptionEvent::Partial { source, start: Time::ZERO, end: Time::ZERO, words, voice: None }
        };
        let mut words = |event: &CaptionEvent| {
            writer.hear(event);
            writer.pane.words.clone()
        };
        assert_eq!(words(&partial(CaptionSource::Microphone, "well")), "well");
        assert_eq!(words(&partial(CaptionSource::System, "what is")), "what is");
        assert_eq!(words(&partial(CaptionSource::Microphone, "")), "what is");
        assert_eq!(words(&CaptionEvent::Dropped { source: CaptionSource::Microphone }), "what is");
        assert_eq!(words(&CaptionEvent::Dropped { source: CaptionSource::System }), "");
    }

    #[test]
    fn events_are_lines_of_json() {
        let value = object(&asked(&question()));
        assert_eq!((&value["type"], &value["sign"], &value["end"]), (&json!("question"), &json!("mark"), &json!(1.5)));
        let value = object(&HintUpdate::Hint { number: 2, text: "An interface.", kept: true });
        assert_eq!((&value["number"], &value["kept"]), (&json!(2), &json!(true)));
    }
}
