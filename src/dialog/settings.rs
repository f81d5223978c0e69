//! The change of settings in a running dialogue: the mode, and the settings for decisions.

use super::state::Dialog;
use super::tape::TapeEntry;
use super::words::Phrases;
use super::{barge, vad, wording};
use crate::config::Config;
use crate::message::{Mode, Note};

impl Dialog {
    /// Changes the mode: whether golem listens for commands only, or converses too.
    pub(super) fn mode(&mut self, mode: Mode) {
        let only = mode == Mode::Intent;
        if only != self.config.intents.only {
            self.config.intents.only = only;
            self.note(Note::Mode { mode });
        }
    }

    /// Continues with other settings; the conversation stays. The mode stays too, because it is the person's current
    /// request and not a setting.
    pub fn configure(&mut self, config: &Config) {
        self.tape.keep(|| TapeEntry::Settings { config: Box::new(config.clone()) });
        let only = self.config.intents.only;
        if config.vad != self.config.vad {
            self.gate = vad::Gate::new(config.vad.clone());
        }
        self.detector = barge::Detector::new(&config.barge_in, config.vad.threshold);
        self.backchannel = Phrases::new(&config.turn.backchannels);
        self.turn_lists = wording::TurnLists::new(&config.turn);
        self.history.instruct(&config.llm.system_prompt);
        self.config = config.clone();
        self.config.intents.only = only;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Action, Event, Request, State, Time};

    fn notes(dialog: &mut Dialog) -> Vec<Note> {
        let actions = std::iter::from_fn(|| dialog.poll_action());
        actions.filter_map(|action| if let Action::Note(note) = action { Some(note) } else { None }).collect()
    }

    #[test]
    fn other_settings_hold_from_now_on_and_the_conversation_stays() {
        let mut dialog = Dialog::new(&Config::default(), true, None);
        dialog.handle(Time::ZERO, Event::Request(Request::Ask { text: "one".into() }));
        let mut config = Config::default();
        config.llm.system_prompt = "Be brief.".into();
        config.vad.threshold = 0.9;
        dialog.configure(&config);
        let conversation = dialog.history().conversation();
        assert_eq!((conversation[0].text.as_str(), conversation[1].text.as_str()), ("Be brief.", "one"));
        dialog.handle(Time::from_secs(1), Event::Request(Request::Stop));
        for n in 0..10 {
            dialog.handle(Time::from_millis(2000 + 32 * n), Event::Frame { probability: 0.8 });
        }
        assert_eq!(dialog.state(), State::Idle);
    }

    #[test]
    fn a_mode_is_told_once_and_outlives_other_settings() {
        let mut dialog = Dialog::new(&Config::default(), true, None);
        let intent = Event::Request(Request::Mode { mode: Mode::Intent });
        dialog.handle(Time::ZERO, intent.clone());
        assert_eq!(notes(&mut dialog), [Note::Mode { mode: Mode::Intent }]);
        dialog.configure(&Config::default());
        dialog.handle(Time::ZERO, intent);
        assert_eq!(notes(&mut dialog), []);
    }

    #[test]
    fn words_are_asked_for_in_the_mode_of_the_moment() {
        let mut dialog = Dialog::new(&Config::default(), false, None);
        dialog.handle(Time::ZERO, Event::Request(Request::Mode { mode: Mode::Intent }));
        let frame = |n: u64| (Time::from_millis(32 * n), Event::Frame { probability: if n < 30 { 0.9 } else { 0.0 } });
        for (now, event) in (0..90).map(frame) {
            dialog.handle(now, event);
        }
        let actions: Vec<Action> = std::iter::from_fn(|| dialog.poll_action()).collect();
        assert!(actions.contains(&Action::Transcribe { utterance: 1, mode: Mode::Intent }), "{actions:?}");
    }
}
