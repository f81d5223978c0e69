//! The dialogue's evidence about a pause: its words, the question before them, whether the last end of a turn was false,
//! and the pauses that an earlier golem learned.

use std::sync::Arc;

use super::endpoint::{Endpointer, TurnWording};
use super::state::Dialog;
use super::tape::TapeEntry;
use super::wording::CommandWords;
use super::words::asks;
use crate::command::Commands;
use crate::message::{Action, Role, Time};

/// A person who goes on within this time of the last voice had not finished.
const FALSE_END: Time = Time::from_millis(1_500);

impl Dialog {
    /// The evidence of the words so far for or against the end of the turn.
    pub(super) fn wording(&self, words: &str) -> TurnWording {
        let settings = &self.config.intents;
        // In conversation "what" alone is more often a question than half of a command.
        let enough = settings.only || words.split_whitespace().count() > 2;
        let of = |commands: &Arc<Commands>| {
            let half = enough && commands.unfinished(words);
            CommandWords { half, whole: !half && commands.whole(words) }
        };
        let command = self.commands.as_ref().filter(|_| self.pending.is_none()).map(of).unwrap_or_default();
        let wording = self.turn_lists.wording(words, command, settings.unfinished_ms);
        // Until the pause is decoded, these are the words before the newest ones: what was whole may have become more.
        let decoding = self.open.as_ref().is_some_and(|utterance| utterance.asked > utterance.answered);
        if decoding && wording == TurnWording::Whole { TurnWording::Open } else { wording }
    }

    /// Whether golem's last words were a question.
    pub(super) fn asked_something(&self) -> bool {
        let last = self.history.messages().last().filter(|message| message.role == Role::Assistant);
        self.pending.is_some() || last.is_some_and(|message| asks(&message.text))
    }

    /// A voice began at `begun`. If it came soon and before a reply was audible, the last end of a turn was false: learn
    /// the pause.
    pub(super) fn learn_false_end(&mut self, begun: Time) {
        let Some(last_voice) = self.ended.take() else { return };
        let pause = begun.saturating_sub(last_voice);
        if pause <= FALSE_END && !self.reply.as_ref().is_some_and(|reply| reply.started) {
            self.endpointer.went_on(pause);
        }
    }

    /// Begins with the mean of the person's own pauses that an earlier golem kept, before anything is said.
    pub fn know_pauses(&mut self, mean: Time) {
        self.tape.keep(|| TapeEntry::Pauses { mean });
        self.endpointer = Endpointer::knowing(mean);
    }

    /// A turn is over: has the mean of the person's own pauses kept, if that is wanted and the mean has changed.
    pub(super) fn keep_pauses(&mut self) {
        if self.config.turn.keep_pauses
            && let Some(mean) = self.endpointer.news()
        {
            self.act(Action::KeepPauses(mean));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::message::{Event, Note};

    /// The tape of a dialogue that begins with this mean and hears a second of voice.
    fn recorded(mean: Option<Time>) -> Vec<TapeEntry> {
        let mut dialog = Dialog::new(&Config::default(), false, None);
        dialog.record();
        if let Some(mean) = mean {
            dialog.know_pauses(mean);
        }
        for frame in 1..=90 {
            let probability = if frame <= 30 { 0.9 } else { 0.0 };
            dialog.handle(Time::from_millis(32 * frame), Event::Frame { probability });
            while dialog.poll_action().is_some() {}
        }
        std::iter::from_fn(|| dialog.poll_tape()).collect()
    }

    /// When the speech on a tape ended, in milliseconds.
    fn ended(tape: &[TapeEntry]) -> Option<u128> {
        tape.iter().find_map(|entry| match entry {
            TapeEntry::Note { at, note: Note::SpeechEnd { .. } } => Some(at.as_millis()),
            _ => None,
        })
    }

    #[test]
    fn a_dialogue_that_is_repeated_begins_with_the_pauses_that_were_known() {
        let tape = recorded(Some(Time::from_millis(900)));
        assert_eq!((ended(&recorded(None)), ended(&tape)), (Some(1_472), Some(1_984)));
        let mut dialog = Dialog::new(&Config::default(), false, None);
        dialog.record();
        for entry in &tape {
            let line = serde_json::to_string(entry).unwrap();
            dialog.repeat_entry(serde_json::from_str(&line).unwrap());
            while dialog.poll_action().is_some() {}
        }
        let repeated: Vec<TapeEntry> = std::iter::from_fn(|| dialog.poll_tape()).collect();
        assert_eq!(repeated, tape);
    }
}
