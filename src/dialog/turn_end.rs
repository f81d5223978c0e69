//! The dialogue's evidence about a pause: its words, the question before them, and whether the last end of a turn was
//! false.

use std::sync::Arc;

use super::endpoint::TurnWording;
use super::state::Dialog;
use super::wording::CommandWords;
use super::words::asks;
use crate::command::Commands;
use crate::message::{Role, Time};

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
}
