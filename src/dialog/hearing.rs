//! The listening half of the dialogue: frames and keys become utterances.

use super::barge::BargeVerdict;
use super::endpoint::{Endpointer, PauseEvidence};
use super::speaker::VoiceInquiry;
use super::state::{Dialog, Utterance};
use super::timer::Timer;
use super::wake_gate::Call;
use crate::config::{BargeMode, ListenMode};
use crate::message::{Action, CancelReason, Ledger, Note, Time};
use crate::signal::frame::{FRAME_MS, FRAME_TIME};

/// Timers of an open utterance.
const OPEN: [Timer; 4] = [Timer::Speculate, Timer::Judge, Timer::EndTurn, Timer::MaxUtterance];
/// Time for the first word of a person who asked to be heard.
const FIRST_WORD: Time = Time::from_secs(5);

impl Dialog {
    pub(super) fn frame(&mut self, probability: f32) {
        if self.muted {
            return;
        }
        let voiced = self.gate.push(probability);
        if self.open.is_some() {
            if voiced {
                self.voice();
            }
        } else if self.config.turn.listen == ListenMode::PushToTalk && !self.talking {
            // Ignore the voice: in push-to-talk only the key opens an utterance.
        } else if self.reply.as_ref().is_some_and(|reply| !reply.held) {
            self.voice_over_reply(probability, voiced);
        } else if self.gate.confirmed()
            && let Some(call) = self.call_of_a_voice()
        {
            let voiced = u64::try_from(self.config.vad.start_frames).unwrap_or(u64::MAX).saturating_mul(FRAME_MS);
            self.begin_utterance(voiced, call);
        }
    }

    /// Counts a voiced frame of the open utterance.
    fn voice(&mut self) {
        let Some(utterance) = &mut self.open else { return };
        utterance.voiced = utterance.voiced.saturating_add(FRAME_TIME);
        let pause = self.now.saturating_sub(utterance.last_voice);
        utterance.pauses.extend(Endpointer::counts(pause).then_some(pause));
        utterance.last_voice = self.now;
        utterance.paused = false;
        utterance.over = None;
        utterance.result = None;
        utterance.voice.reopen();
        self.drop_ahead();
        self.expect_silence();
    }

    /// Sets the timers of silence, measured from the newest voiced frame.
    fn expect_silence(&mut self) {
        if !self.talking {
            self.timers.set(Timer::Speculate, self.after(self.config.turn.speculate_ms));
            if self.config.turn.model {
                self.timers.set(Timer::Judge, self.after(self.config.turn.judge_ms));
            }
            let silence = self.present_endpointer().silence(&self.config.turn, &PauseEvidence::default());
            self.timers.set(Timer::EndTurn, self.now.saturating_add(silence));
        }
    }

    /// The endpointer for the open utterance, in which its own pauses count already, in any voice.
    fn present_endpointer(&self) -> Endpointer {
        self.open.as_ref().map_or(self.endpointer, |utterance| self.endpointer.after(&utterance.pauses))
    }

    fn voice_over_reply(&mut self, probability: f32, voiced: bool) {
        let Some(reply) = &self.reply else { return };
        let (sounding, false_cuts) = (reply.started, reply.false_cuts);
        if self.config.barge_in.mode == BargeMode::Off && (sounding || reply.sounding()) {
            // Forget a voice from before the sound: no later frame would restore what it lowered.
            self.detector.reset();
            return self.duck(false);
        }
        let echo = self.echo_over_reply();
        let verdict = self.detector.hear(probability, voiced, echo, false_cuts);
        match verdict {
            BargeVerdict::Nothing => {}
            BargeVerdict::Duck => self.duck(sounding),
            BargeVerdict::Unduck => self.duck(false),
            BargeVerdict::Cut => self.cut(),
        }
    }

    /// Lowers or restores playback, unless it is so already.
    pub(super) fn duck(&mut self, on: bool) {
        if self.lowered != on {
            self.lowered = on;
            self.act(Action::Duck(on));
            self.note(Note::Duck { on });
        }
    }

    /// The person interrupts: silences playback and holds the reply until the words decide. It silences playback even
    /// before the first sample was reported, because that sample may be on its way.
    pub(super) fn cut(&mut self) {
        let Some(reply) = &mut self.reply else { return };
        reply.held = true;
        let turn = reply.turn;
        self.lowered = false;
        self.timers.clear_all(&[Timer::FirstToken, Timer::FirstAudio, Timer::Progress]);
        self.act(Action::Cut);
        self.act(Action::Hold);
        self.note(Note::Cut { turn });
        if self.config.barge_in.mode == BargeMode::Instant {
            self.cancel(CancelReason::Instant);
        }
        let barge_in = &self.config.barge_in;
        let voiced_ms = if self.echo.suppressed() { barge_in.clean_cut_ms } else { barge_in.cut_ms };
        let factor = u64::try_from(self.detector.factor()).unwrap_or(1);
        self.begin_utterance(voiced_ms.saturating_mul(factor), Call::Free);
    }

    /// Opens an utterance after `voiced_ms` of voice; the key counts as none. `call` says what its words need in order
    /// to count.
    pub(super) fn begin_utterance(&mut self, voiced_ms: u64, call: Call) {
        if let Some(earlier) = self.awaited.take() {
            self.timers.clear(Timer::Asr);
            self.timers.prolong(Timer::Overtaken, self.after(self.config.asr_patience_ms(earlier.voiced)));
            self.overtaken.push(earlier);
        }
        let (number, now) = (self.next_number(), self.now);
        self.detector.reset();
        self.learn_false_end(self.now);
        for earlier in self.overtaken.iter_mut().chain(&mut self.unidentified) {
            earlier.followed.get_or_insert(now);
        }
        self.open = Some(Utterance {
            number,
            call,
            paused: false,
            voiced: if self.talking { Time::ZERO } else { Time::from_millis(voiced_ms) },
            last_voice: self.now,
            pauses: Vec::new(),
            asked: 0,
            answered: 0,
            result: None,
            judged: 0,
            over: None,
            voice: VoiceInquiry::default(),
            beside_golem: self.now < self.sounds_until,
            echo: self.echo,
            followed: None,
            reply_to_question: self.has_asked(),
            words: String::new(),
            ledger: Ledger::default(),
        });
        self.act(Self::recording(number, call));
        self.read_ahead(number);
        self.note(Note::SpeechStart { utterance: number });
        self.expect_silence();
        self.timers.set(Timer::MaxUtterance, self.after(self.config.turn.max_ms));
    }

    /// The silence is long enough to ask for the words ahead of time.
    pub(super) fn pause(&mut self) {
        let Some(mut utterance) = self.open.take() else { return };
        utterance.paused = true;
        if self.speculates {
            utterance.asked += 1;
            self.transcribe(utterance.number);
        }
        self.identify(&mut utterance);
        self.open = Some(utterance);
        self.wait_for_more();
    }

    /// Asks for the words of an utterance.
    fn transcribe(&mut self, utterance: u64) {
        self.act(Action::Transcribe { utterance, mode: self.config.intents.mode() });
    }

    /// The silence is long enough for the turn model to judge it.
    pub(super) fn judge(&mut self) {
        let Some(utterance) = &mut self.open else { return };
        utterance.judged += 1;
        let (utterance, pause) = (utterance.number, utterance.judged);
        self.act(Action::Judge { utterance, pause });
    }

    /// The turn model has judged a pause. Its answer counts until the person goes on.
    pub(super) fn judged(&mut self, number: u64, pause: u32, over: f32) {
        let waits = !self.talking && !self.timers.is_set(Timer::Judge);
        let Some(utterance) = self.open.as_mut().filter(|utterance| waits && utterance.number == number) else {
            return;
        };
        if utterance.judged == pause && over.is_finite() {
            utterance.over = Some(over);
            self.wait_for_more();
        }
    }

    /// In a pause: sets the end of the turn by the evidence so far.
    pub(super) fn wait_for_more(&mut self) {
        let Some(utterance) = self.open.as_ref().filter(|utterance| utterance.paused) else { return };
        let known = PauseEvidence {
            over: utterance.over,
            wording: self.wording(&utterance.words),
            asked: utterance.reply_to_question,
        };
        let silence = self.present_endpointer().silence(&self.config.turn, &known);
        let at = utterance.last_voice.saturating_add(silence).max(self.now);
        self.timers.set(Timer::EndTurn, at);
    }

    /// The person has finished, or has spoken for the longest time allowed.
    pub(super) fn end_turn(&mut self) {
        let Some(mut utterance) = self.open.take() else { return };
        self.timers.clear_all(&OPEN);
        let number = utterance.number;
        self.note(Note::SpeechEnd { utterance: number, voiced: utterance.voiced.as_secs_f64() });
        if self.too_short(&utterance) && !self.may_silence(&utterance) {
            self.drop_ahead();
            self.act(Action::Discard(number));
            return self.nothing_said();
        }
        self.identify(&mut utterance);
        self.act(Action::Close(number));
        utterance.ledger = Ledger::new(number, utterance.last_voice);
        utterance.ledger.endpoint = Some(utterance.ledger.since(self.now));
        if let Some(transcript) = utterance.result.take() {
            return self.hear_out(utterance, transcript);
        }
        let current = utterance.asked > utterance.answered && utterance.paused;
        if !current {
            utterance.asked += 1;
            self.transcribe(number);
        }
        // The reply waits for what is too short to be more than a stop word, so that no server gets its whole patience.
        let short = self.too_short(&utterance);
        let ms = if short { self.config.deadline.asr_ms } else { self.config.asr_patience_ms(utterance.voiced) };
        self.timers.set(Timer::Asr, self.after(ms));
        self.awaited = Some(utterance);
    }

    /// Whether it has too little voice to count as an utterance.
    pub(super) fn too_short(&self, utterance: &Utterance) -> bool {
        utterance.voiced < Time::from_millis(self.config.turn.min_voiced_ms)
    }

    /// Whether an utterance that is too short may still stop the held reply, or refuse the command that waits. Its words
    /// are awaited, because such words pass no gate.
    fn may_silence(&self, utterance: &Utterance) -> bool {
        let waits = self.pending.is_some() || self.reply.as_ref().is_some_and(|reply| reply.held);
        waits && !utterance.voiced.is_zero() && utterance.result.as_ref().is_none_or(|heard| self.silences(heard))
    }

    /// The person asks to be heard: golem falls silent, and an utterance opens before any speech.
    pub(super) fn listen(&mut self) {
        if self.muted {
            self.act(Action::Mute(false));
            self.mute(false);
        }
        self.interrupt(CancelReason::Key);
        if self.open.is_none() {
            self.begin_utterance(0, Call::Free);
            if !self.talking {
                self.timers.clear_all(&[Timer::Speculate, Timer::Judge]);
                self.timers.set(Timer::EndTurn, self.now.saturating_add(FIRST_WORD));
            }
        }
    }

    pub(super) fn mute(&mut self, muted: bool) {
        if muted == self.muted {
            return;
        }
        self.muted = muted;
        self.note(Note::Muted { on: muted });
        self.talking = false;
        self.gate.reset();
        self.detector.reset();
        self.duck(false);
        if self.discard_open() {
            self.nothing_said();
        }
    }

    /// Drops the open utterance, if there is one.
    pub(super) fn discard_open(&mut self) -> bool {
        let Some(utterance) = self.open.take() else { return false };
        self.timers.clear_all(&OPEN);
        self.drop_ahead();
        self.act(Action::Discard(utterance.number));
        true
    }

    pub(super) fn talk(&mut self, down: bool) {
        if self.muted || down == self.talking {
            return;
        }
        self.talking = down;
        if !down {
            self.end_turn();
            // The trailing sound of the last word must not open a new utterance.
            self.gate.reset();
        } else if let Some(utterance) = &mut self.open {
            utterance.paused = false;
            utterance.result = None;
            utterance.over = None;
            utterance.voice.reopen();
            self.timers.clear_all(&[Timer::Speculate, Timer::Judge, Timer::EndTurn]);
            self.drop_ahead();
        } else if self.reply.as_ref().is_some_and(|reply| !reply.held) {
            self.cut();
        } else {
            self.begin_utterance(0, Call::Free);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::message::{EchoState, Event, Request};

    /// Number of surely voiced frames that cut a reply, up to 40.
    fn frames_to_cut(echo: EchoState) -> Option<u64> {
        let mut dialog = Dialog::new(&Config::default(), true, None);
        dialog.handle(Time::ZERO, Event::Request(Request::Ask { text: "one".into() }));
        dialog.handle(Time::ZERO, Event::Echo { state: echo });
        (1..=40).find(|frame| {
            dialog.handle(Time::from_millis(32 * frame), Event::Frame { probability: 0.9 });
            std::iter::from_fn(|| dialog.poll_action()).any(|action| matches!(action, Action::Cut))
        })
    }

    #[test]
    fn words_so_far_are_seen_and_nothing_is_decided_on_them() {
        let mut dialog = Dialog::new(&Config::default(), true, None);
        let mut open = None;
        for frame in 1..=40 {
            dialog.handle(Time::from_millis(32 * frame), Event::Frame { probability: 0.9 });
            open = open.or(std::iter::from_fn(|| dialog.poll_action()).find_map(|action| match action {
                Action::Listen(utterance) => Some(utterance),
                _ => None,
            }));
        }
        let utterance = open.unwrap();
        let timeout = dialog.poll_timeout();
        let mut actions = |utterance| {
            dialog.handle(Time::from_millis(1_281), Event::Interim { utterance, text: "stop".into() });
            std::iter::from_fn(|| dialog.poll_action()).collect::<Vec<_>>()
        };
        let seen = Action::Note(Note::Partial { utterance, text: "stop".into() });
        assert_eq!(actions(utterance), [seen]);
        assert!(actions(utterance + 1).is_empty(), "of another utterance");
        assert_eq!(dialog.poll_timeout(), timeout);
    }

    #[test]
    fn the_surer_it_is_that_golem_is_not_heard_the_less_voice_silences_it() {
        assert_eq!(frames_to_cut(EchoState::Absent), Some(6));
        assert_eq!(frames_to_cut(EchoState::Settling), Some(2));
        assert_eq!(frames_to_cut(EchoState::Cancelled), Some(2));
        assert_eq!(frames_to_cut(EchoState::Leaking), Some(12));
        assert_eq!(frames_to_cut(EchoState::Learning), None);
    }
}
