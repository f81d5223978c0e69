//! What the words so far say about the end of the turn, and what was said before them.

use super::endpoint::TurnWording;
use super::words::normal;
use super::{Dialog, Time};
use crate::message::Role;

/// Signs that ears write where a sentence breaks off.
const BROKEN_OFF: [char; 4] = [',', '…', '-', '–'];
/// Who goes on within this time of the last voice had not finished.
const FALSE_END: Time = Time::from_millis(1_500);

impl Dialog {
    /// What the words so far say.
    pub(super) fn wording(&self, words: &str) -> TurnWording {
        let said = normal(words);
        let commands = self.commands.as_ref().filter(|_| self.pending.is_none());
        // In conversation "what" alone is more often a question than half of a command.
        let enough = self.config.intents.only || words.split_whitespace().count() > 2;
        if enough && commands.is_some_and(|commands| commands.unfinished(words)) {
            return TurnWording::Half(self.config.intents.unfinished_ms);
        }
        if self.answers.cover(&said) || self.stop.cover(&said) || commands.is_some_and(|it| it.whole(words)) {
            return TurnWording::Whole;
        }
        let text = words.trim_end();
        if text.ends_with(BROKEN_OFF) || text.ends_with("...") || self.promises.end(&said) {
            return TurnWording::Promising;
        }
        TurnWording::Open
    }

    /// Whether golem's last words were a question.
    pub(super) fn asked_something(&self) -> bool {
        let last = self.history.messages().last().filter(|message| message.role == Role::Assistant);
        self.pending.is_some() || last.is_some_and(|message| message.text.trim_end().ends_with('?'))
    }

    /// A voice sets in: so soon after an utterance that no reply has sounded, its end was no end.
    pub(super) fn learn_false_end(&mut self) {
        let Some(last_voice) = self.ended.take() else { return };
        let pause = self.now.saturating_sub(last_voice);
        if pause <= FALSE_END && !self.reply.as_ref().is_some_and(|reply| reply.started) {
            self.endpointer.went_on(pause);
        }
    }
}
