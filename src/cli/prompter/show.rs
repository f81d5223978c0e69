//! The output of the prompter: a thesis on the terminal, in a line, or as JSON.

use anyhow::Result;
use crossbeam_channel::{Receiver, never};
use serde_json::json;

use crate::cli::captions::lines::{newest, wrapped};
use crate::cli::captions::output::CaptionForm;
use crate::cli::captions::terminal::columns;
use crate::cli::hear::write::show;
use crate::control::Request;
use crate::control::beside::FollowedSocket;
use crate::dialog::prompting::show::{PageTurn, Prompter};
use crate::runtime::prompter::PrompterDisplay;

/// The way theses are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrompterForm {
    /// At the top of the terminal, drawn over by the next one.
    Terminal { colours: bool },
    /// A line for each.
    Lines,
    /// An object in a line for each.
    Json,
}

impl PrompterForm {
    /// JSON where it is asked for, otherwise what suits standard output.
    pub fn choose(json: bool) -> Self {
        match CaptionForm::choose(json) {
            CaptionForm::Terminal { colours } => Self::Terminal { colours },
            CaptionForm::Lines => Self::Lines,
            CaptionForm::Json => Self::Json,
        }
    }
}

/// Shows theses.
pub struct PrompterWriter {
    form: PrompterForm,
    /// The newest words that were heard.
    words: String,
    /// Where other programs follow and turn pages.
    socket: Option<FollowedSocket>,
}

impl PrompterDisplay for PrompterWriter {
    fn turn(&mut self, turn: PageTurn, prompter: &Prompter) -> Result<()> {
        let event = match turn.to {
            Some(at) => json!({
                "type": "thesis", "number": at + 1, "of": prompter.len(), "text": prompter.text(at), "by": turn.by,
            }),
            None => json!({ "type": "end", "by": turn.by }),
        };
        if let Some(socket) = &self.socket {
            socket.show(&event);
        }
        show(&match (self.form, turn.to) {
            (PrompterForm::Json, _) => format!("{event}\n"),
            (PrompterForm::Lines, Some(at)) => format!("{}/{}  {}\n", at + 1, prompter.len(), prompter.text(at)),
            (PrompterForm::Lines, None) => String::new(),
            (PrompterForm::Terminal { colours }, _) => self.page(prompter, colours, columns()),
        })
    }

    fn heard(&mut self, words: &str, prompter: &Prompter) -> Result<()> {
        words.clone_into(&mut self.words);
        match self.form {
            PrompterForm::Terminal { colours } => show(&self.page(prompter, colours, columns())),
            PrompterForm::Lines | PrompterForm::Json => Ok(()),
        }
    }
}

impl PrompterWriter {
    /// Shows in `form`, and to those who follow on `socket`.
    pub fn new(form: PrompterForm, socket: Option<FollowedSocket>) -> Self {
        Self { form, words: String::new(), socket }
    }

    /// What other programs ask for.
    pub fn requests(&self) -> Receiver<Request> {
        self.socket.as_ref().map_or_else(never, FollowedSocket::requests)
    }

    /// The present thesis, a glimpse of the next one, and the words that are heard.
    fn page(&self, prompter: &Prompter, colours: bool, columns: usize) -> String {
        let (ink, dim, off) = if colours { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        let Some(at) = prompter.at() else { return "\x1b[H\x1b[J".into() };
        let next = prompter.next(1).pop().unwrap_or_default();
        let mut rows = vec![format!("{dim}{}/{}{off}", at + 1, prompter.len())];
        rows.extend(wrapped(prompter.text(at), columns).iter().map(|row| format!("{ink}{row}{off}")));
        let glimpse: String = next.chars().take(columns.saturating_sub(2)).collect();
        rows.push(format!("{dim}> {glimpse}{off}"));
        rows.push(format!("{dim}{}{off}", newest(&self.words, columns)));
        format!("\x1b[H{}\x1b[K\x1b[J", rows.join("\x1b[K\r\n"))
    }

    /// Leaves the terminal with whole lines only.
    pub fn end(&self) {
        if matches!(self.form, PrompterForm::Terminal { .. }) {
            let _ = show("\n"); // a terminal that is gone needs no order
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_thesis_a_glimpse_of_the_next_and_the_newest_words() {
        let prompter = Prompter::new(vec!["Who we are and why".into(), "What we want".into()]);
        let writer = PrompterWriter { form: PrompterForm::Lines, words: "so who are we then".into(), socket: None };
        let rows = ["\x1b[H1/2", "Who we are", "and why", "> What we w", "are we then"];
        assert_eq!(writer.page(&prompter, false, 11), format!("{}\x1b[K\x1b[J", rows.join("\x1b[K\r\n")));
    }
}
