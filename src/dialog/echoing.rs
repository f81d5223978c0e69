//! Golem's own voice in the microphone: words that are its own, and replies that no voice can interrupt any more.

use super::barge::HALF_DUPLEX_CUTS;
use super::state::{Dialog, Utterance};
use super::words;
use crate::config::echo::Canceller;
use crate::message::{EchoState, Note, Part, Time};

/// Fewest words that count as golem's own: fewer are said by a person by chance.
const OWN_WORDS: usize = 3;
/// Newest sound of the reply whose echo may be in an utterance that cut it.
const RECENT: Time = Time::from_secs(3);
/// The notice that no voice interrupts the rest of a reply.
const HALF_DUPLEX: &str = "golem seems to hear itself: until this reply ends no voice can interrupt it, only the key s \
                           or golem ctl stop. A lower volume or headphones help";

impl Dialog {
    /// Whether no echo canceller runs, so that nothing is known of golem's own sound in the microphone.
    fn uncancelled(&self) -> bool {
        self.config.echo.canceller == Canceller::Off
    }

    /// The echo state for a voice over the reply. After too many false cuts where nothing distinguishes golem's own voice
    /// from a person's, a voice counts as golem's until the reply ends, and the person is informed.
    pub(super) fn echo_over_reply(&mut self) -> EchoState {
        let unclear = self.echo == EchoState::Leaking || self.uncancelled();
        let Some(reply) = &mut self.reply else { return self.echo };
        let begins = unclear && reply.sounding_cuts >= HALF_DUPLEX_CUTS && !reply.half_duplex;
        reply.half_duplex |= begins;
        let half_duplex = reply.half_duplex;
        if begins {
            self.note(Note::Error { part: Part::Capture, reason: HALF_DUPLEX.into() });
        }
        if half_duplex { EchoState::Learning } else { self.echo }
    }

    /// Whether an utterance with these words is what golem itself was just saying. Where its sound does not come back to
    /// the microphone, as with headphones, or is removed from it, it is a person, who may answer in golem's words.
    pub(super) fn repeats_golem(&self, utterance: &Utterance, text: &str) -> bool {
        let removed = matches!(utterance.echo, EchoState::Absent | EchoState::Cancelled);
        let comes_back = !removed || self.uncancelled();
        let reply = self.reply.as_ref().filter(|_| utterance.beside_golem && comes_back);
        let said = words::normal(text);
        said.len() >= OWN_WORDS && reply.is_some_and(|reply| reply.recent(RECENT).iter().any(|own| occurs(&said, own)))
    }

    /// Whether golem is saying these words itself, so that they come from the loudspeaker and not from a person.
    pub(super) fn echoes(&self, text: &str) -> bool {
        self.reply.as_ref().is_some_and(|reply| occurs(&words::normal(text), &reply.text))
    }
}

/// Whether the words `said` ([`words::normal`]) occur in `text`, one after the other.
fn occurs(said: &[String], text: &str) -> bool {
    !said.is_empty() && words::normal(text).windows(said.len()).any(|part| part == said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::message::{Action, Event, Request};

    /// Whether a long voice cuts a reply after so many false cuts, and the number of notices.
    fn voice_over_a_reply(echo: EchoState, false_cuts: u32) -> (bool, usize) {
        let mut dialog = Dialog::new(&Config::default(), true, None);
        dialog.handle(Time::ZERO, Event::Request(Request::Ask { text: "one".into() }));
        dialog.handle(Time::ZERO, Event::Echo { state: echo });
        let reply = dialog.reply.as_mut().unwrap();
        (reply.false_cuts, reply.sounding_cuts) = (false_cuts, false_cuts);
        let (mut cut, mut notices) = (false, 0);
        for frame in 1..=40 {
            dialog.handle(Time::from_millis(32 * frame), Event::Frame { probability: 0.9 });
            for action in std::iter::from_fn(|| dialog.poll_action()) {
                cut |= action == Action::Cut;
                notices += usize::from(matches!(action, Action::Note(Note::Error { part: Part::Capture, .. })));
            }
        }
        (cut, notices)
    }

    #[test]
    fn after_three_false_cuts_no_voice_cuts_a_reply_whose_echo_leaks() {
        assert_eq!(voice_over_a_reply(EchoState::Leaking, 2), (true, 0));
        assert_eq!(voice_over_a_reply(EchoState::Leaking, 3), (false, 1));
        assert_eq!(voice_over_a_reply(EchoState::Cancelled, 3), (true, 0));
        assert_eq!(voice_over_a_reply(EchoState::Absent, 3), (true, 0), "with a canceller it is surely no echo");
    }

    #[test]
    fn words_occur_only_one_after_the_other() {
        let occurs = |said: &str| occurs(&words::normal(said), "Whales are large animals, and they sing.");
        assert!(occurs("Large animals and they…"));
        assert!(!occurs("whales large animals") && !occurs("are large animals too") && !occurs(""));
    }
}
