//! Checks of each action of the dialogue against what happened before it.

use std::collections::{HashMap, HashSet};

use golem::message::{Action, Consent, Event, Note, Role, State, Timing};
use proptest::prelude::*;

use super::PIECES;

/// Checks the actions of the dialogue.
#[derive(Default)]
pub struct Watch {
    pub listened: HashSet<u64>,
    pub closed: HashSet<u64>,
    live: u64,
    thinking: Option<u64>,
    /// The reply that is prepared and must not be shown yet.
    ahead: Option<u64>,
    pub cut: bool,
    pub ducked: bool,
    /// The newest question was answered with a yes that nothing has been done about yet.
    agreed: bool,
    pub state: State,
    texts: HashMap<u64, String>,
    /// Turns in which a clause had no samples: it counts as heard when it is reached.
    soundless: HashSet<u64>,
    /// Turns of which anything was played.
    sounded: HashSet<u64>,
}

impl Watch {
    pub fn told(&mut self, event: &Event) {
        if let Event::Played { turn, samples, done, .. } = event
            && (*samples > 0 || *done)
        {
            self.sounded.insert(*turn);
        }
        if let Event::Synthesised { turn, timing: Timing { samples: 0, .. }, .. } = event {
            self.soundless.insert(*turn);
        }
    }

    pub fn did(&mut self, action: &Action) -> Result<(), TestCaseError> {
        self.unseen(action)?;
        match action.clone() {
            Action::Listen(n) | Action::ListenBack(n) => {
                prop_assert!(self.listened.insert(n), "utterance {n} is listened to twice");
            }
            Action::Transcribe { utterance: n, .. } => {
                prop_assert!(self.listened.contains(&n), "utterance {n} was never recorded");
            }
            Action::Close(n) | Action::Discard(n) => {
                prop_assert!(self.listened.contains(&n));
                self.closed.insert(n);
            }
            Action::Read { conversation, .. } => prop_assert!(conversation.len() <= 70),
            Action::Utter(turn) => {
                prop_assert!(turn >= self.live, "a stale reply is uttered");
                prop_assert_eq!(self.ahead.take(), Some(turn), "nothing was made ready");
            }
            Action::Think { turn, conversation } | Action::Prepare { turn, conversation } => {
                prop_assert!(self.ahead.is_none_or(|ahead| ahead < self.live), "a reply is forgotten");
                self.ahead = matches!(action, Action::Prepare { .. }).then_some(turn);
                prop_assert!(turn >= self.live, "a stale reply is thought of");
                prop_assert_eq!(conversation.last().map(|m| m.role), Some(Role::User));
                prop_assert!(conversation.windows(2).all(|pair| pair[0].role != pair[1].role), "{conversation:?}");
                prop_assert!(self.thinking.is_none_or(|old| old < self.live), "two replies live");
                self.thinking = Some(turn);
                self.sounded.remove(&turn);
            }
            Action::Speak { turn, text, .. } => {
                prop_assert!(turn >= self.live, "stale words are spoken");
                prop_assert!(!self.cut, "spoken while silenced");
                prop_assert!(!text.trim().is_empty());
            }
            Action::Resume { turn, .. } => {
                prop_assert!(turn >= self.live && self.cut);
                (self.cut, self.ducked) = (false, false);
            }
            Action::Cut => {
                prop_assert!(!self.cut, "cut twice");
                (self.cut, self.ducked) = (true, false);
            }
            Action::Cancel(turn) => {
                prop_assert!(turn >= self.live, "the clock goes back");
                self.live = turn;
                self.cut = false;
            }
            Action::Duck(on) => {
                prop_assert!(on != self.ducked, "ducked twice");
                prop_assert!(!(on && self.cut), "lowered while silent");
                self.ducked = on;
            }
            Action::Note(Note::State { state }) => {
                prop_assert!(state != self.state, "a state is told twice");
                self.state = state;
            }
            Action::Note(Note::Reply { turn, text }) => {
                self.texts.insert(turn, text);
            }
            Action::Note(Note::Heard { turn, text, .. }) => self.heard(turn, &text)?,
            Action::Perform { turn, order, .. } => {
                prop_assert!(turn >= self.live, "a stale order is carried out");
                prop_assert!(order.intent != "Risky" || self.agreed, "carried out without a yes");
                self.agreed = false;
            }
            Action::Note(Note::Confirmed { answer, .. }) => self.agreed = answer == Consent::Yes,
            Action::Mute(_) => prop_assert!(false, "nothing here mutes by voice"),
            Action::KeepPauses(_) => prop_assert!(false, "pauses are kept although that is not asked for"),
            Action::Abort(_) | Action::Hold | Action::Release | Action::Judge { .. } | Action::Note(_) => {}
            Action::Identify { utterance, .. } => {
                prop_assert!(
                    self.listened.contains(&utterance) && !self.closed.contains(&utterance),
                    "nothing is recorded"
                );
            }
        }
        Ok(())
    }

    /// Checks that no note shows a reply before it is uttered.
    fn unseen(&self, action: &Action) -> Result<(), TestCaseError> {
        let Action::Note(note) = action else { return Ok(()) };
        let of = match note {
            Note::Reply { turn, .. }
            | Note::Clause { turn, .. }
            | Note::AudioStart { turn }
            | Note::Heard { turn, .. } => *turn,
            Note::Latency(ledger) => ledger.turn,
            _ => return Ok(()),
        };
        prop_assert!(self.ahead != Some(of) || of < self.live, "told too early: {note:?}");
        Ok(())
    }

    /// Checks the history: its text was generated, and it is empty where nothing was played, unless there was nothing
    /// to say.
    fn heard(&self, turn: u64, text: &str) -> Result<(), TestCaseError> {
        let generated = self.texts.get(&turn).map_or("", String::as_str);
        prop_assert!(generated.trim().starts_with(text), "{text:?} is no beginning of {generated:?}");
        let words = PIECES.iter().any(|piece| piece.contains(' ') && text.contains(piece.trim()));
        prop_assert!(
            !words || self.sounded.contains(&turn) || self.soundless.contains(&turn),
            "{text:?} was never heard"
        );
        Ok(())
    }
}
