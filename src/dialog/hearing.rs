//! The listening half: frames become utterances, utterances become words.

use super::barge::Verdict;
use super::ghost::{self, Belief};
use super::timer::Timer;
use super::vad::FRAME_TIME;
use super::words;
use super::{Dialog, Utterance};
use crate::config::{BargeMode, ListenMode};
use crate::message::{Action, Note, Stage, Time, Transcript};
use crate::metrics::Ledger;

/// Timers of an open utterance.
const OPEN: [Timer; 3] = [Timer::Speculate, Timer::EndTurn, Timer::MaxUtterance];

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
        } else if self.config.turn.listen == ListenMode::PushToTalk {
            // Only the key opens an utterance.
        } else if self.reply.as_ref().is_some_and(|reply| !reply.held) {
            self.voice_over_reply(probability, voiced);
        } else if self.gate.confirmed() {
            self.begin_utterance(false);
        }
    }

    /// One more voiced frame of the open utterance.
    fn voice(&mut self) {
        let Some(utterance) = &mut self.open else { return };
        utterance.voiced += FRAME_TIME;
        utterance.last_voice = self.now;
        utterance.paused = false;
        utterance.result = None;
        self.expect_silence();
    }

    /// Silence is measured from the newest voiced frame.
    fn expect_silence(&mut self) {
        if !self.talking {
            self.timers.set(Timer::Speculate, self.now + Time::from_millis(self.config.turn.speculate_ms));
            self.timers.set(Timer::EndTurn, self.now + Time::from_millis(self.config.turn.silence_ms));
        }
    }

    fn voice_over_reply(&mut self, probability: f32, voiced: bool) {
        if self.config.barge_in.mode == BargeMode::Off {
            return;
        }
        let sounding = self.reply.as_ref().is_some_and(|reply| reply.started);
        match self.detector.push(probability, voiced) {
            Verdict::Nothing => {}
            Verdict::Duck | Verdict::Unduck if !sounding => {}
            Verdict::Duck => self.duck(true),
            Verdict::Unduck => self.duck(false),
            Verdict::Cut => self.cut(),
        }
    }

    fn duck(&mut self, on: bool) {
        self.act(Action::Duck(on));
        self.note(Note::Duck { on });
    }

    /// The person has the floor; the reply waits for the words.
    pub(super) fn cut(&mut self) {
        let Some(reply) = &mut self.reply else { return };
        reply.held = true;
        let (turn, started) = (reply.turn, reply.started);
        self.timers.clear_all(&[Timer::FirstToken, Timer::FirstAudio, Timer::Progress]);
        if started {
            self.act(Action::Cut);
        }
        self.act(Action::Hold);
        self.note(Note::Cut { turn });
        let instant = self.config.barge_in.mode == BargeMode::Instant;
        if instant {
            self.cancel("instant");
        }
        self.begin_utterance(!instant);
    }

    pub(super) fn begin_utterance(&mut self, over: bool) {
        if let Some(earlier) = self.awaited.take() {
            self.timers.clear(Timer::Asr);
            self.overtaken.push(earlier);
        }
        let number = self.next_number();
        let voiced = if over { self.config.barge_in.cut_ms } else { 32 * self.config.vad.start_frames as u64 };
        self.detector.reset();
        self.open = Some(Utterance {
            number,
            over,
            paused: false,
            voiced: if self.talking { Time::ZERO } else { Time::from_millis(voiced) },
            last_voice: self.now,
            asked: 0,
            answered: 0,
            result: None,
            ledger: Ledger::default(),
        });
        self.act(Action::Listen(number));
        self.note(Note::SpeechStart { utterance: number });
        self.expect_silence();
        self.timers.set(Timer::MaxUtterance, self.now + Time::from_millis(self.config.turn.max_ms));
    }

    /// Silence long enough to ask for the words ahead of time.
    pub(super) fn pause(&mut self) {
        let Some(utterance) = &mut self.open else { return };
        utterance.paused = true;
        if self.speculates {
            utterance.asked += 1;
            let number = utterance.number;
            self.act(Action::Transcribe(number));
        }
    }

    /// The person is done, or has spoken long enough.
    pub(super) fn end_turn(&mut self) {
        let Some(mut utterance) = self.open.take() else { return };
        self.timers.clear_all(&OPEN);
        let number = utterance.number;
        self.note(Note::SpeechEnd { utterance: number, voiced: utterance.voiced.as_secs_f64() });
        if utterance.voiced < Time::from_millis(self.config.turn.min_voiced_ms) {
            self.act(Action::Discard(number));
            return self.nothing_said(utterance.over);
        }
        self.act(Action::Close(number));
        utterance.ledger = Ledger::new(number, utterance.last_voice);
        utterance.ledger.endpoint = Some(utterance.ledger.since(self.now));
        if let Some(transcript) = utterance.result.take() {
            return self.understood(utterance, transcript);
        }
        let current = utterance.asked > utterance.answered && utterance.paused;
        if !current {
            utterance.asked += 1;
            self.act(Action::Transcribe(number));
        }
        self.timers.set(Timer::Asr, self.now + Time::from_millis(self.config.deadline.asr_ms));
        self.awaited = Some(utterance);
    }

    /// It was no utterance: the floor goes back to whoever had it.
    pub(super) fn nothing_said(&mut self, over: bool) {
        if over {
            self.resume();
        } else if std::mem::take(&mut self.unanswered) && self.reply.is_none() {
            let number = self.next_number();
            self.generate(number, Ledger::new(number, self.now));
        }
    }

    pub(super) fn partial(&mut self, number: u64, text: String) {
        let known = |utterance: &Option<Utterance>| utterance.as_ref().is_some_and(|u| u.number == number);
        if known(&self.open) || known(&self.awaited) {
            self.note(Note::Partial { utterance: number, text });
        }
    }

    pub(super) fn transcript(&mut self, number: u64, transcript: Transcript) {
        if let Some(utterance) = self.open.as_mut().filter(|utterance| utterance.number == number) {
            utterance.answered += 1;
            if utterance.answered == utterance.asked && utterance.paused {
                utterance.result = Some(transcript);
            }
        } else if let Some(utterance) = self.awaited.as_mut().filter(|utterance| utterance.number == number) {
            utterance.answered += 1;
            if utterance.answered == utterance.asked
                && let Some(utterance) = self.awaited.take()
            {
                self.timers.clear(Timer::Asr);
                self.understood(utterance, transcript);
            }
        } else if let Some(at) = self.overtaken.iter().position(|utterance| utterance.number == number) {
            self.overtaken[at].answered += 1;
            if self.overtaken[at].answered == self.overtaken[at].asked {
                let utterance = self.overtaken.remove(at);
                self.understood_late(&utterance, &transcript);
            }
        }
    }

    /// Words of an utterance that a newer one has overtaken: they are part of what the person is saying.
    fn understood_late(&mut self, utterance: &Utterance, transcript: &Transcript) {
        let believed = ghost::weigh(transcript, utterance.voiced) == Belief::Words;
        let text = transcript.text.trim();
        let ignored = (!believed).then_some("ghost");
        self.note(Note::Transcript { utterance: utterance.number, text: text.into(), ignored });
        if believed {
            if utterance.over {
                self.cancel("words");
                self.no_longer_over();
            }
            self.history.user(text);
            self.unanswered = true;
        }
        if self.open.is_none() && self.awaited.is_none() && self.reply.is_none() {
            self.nothing_said(false);
        }
    }

    fn no_longer_over(&mut self) {
        for utterance in self.open.iter_mut().chain(self.awaited.iter_mut()) {
            utterance.over = false;
        }
    }

    /// The words are known: judge an interruption, or answer.
    fn understood(&mut self, utterance: Utterance, transcript: Transcript) {
        let text = transcript.text.trim();
        let said = words::normal(text);
        let over = utterance.over && self.reply.is_some();
        let ignored = match ghost::weigh(&transcript, utterance.voiced) {
            Belief::Empty => Some("empty"),
            Belief::Ghost => Some("ghost"),
            Belief::Words if self.stop.cover(&said) => Some("stop"),
            Belief::Words if over && self.backchannel.cover(&said) => Some("backchannel"),
            Belief::Words => None,
        };
        let number = utterance.number;
        let mut ledger = utterance.ledger;
        ledger.transcript = Some(ledger.since(self.now));
        self.note(Note::Transcript { utterance: number, text: text.into(), ignored });
        match ignored {
            Some("stop") => {
                self.unanswered = false;
                self.cancel("stop");
            }
            Some(_) => self.nothing_said(over),
            None => {
                self.cancel("words");
                self.think(number, text, ledger);
            }
        }
    }

    /// The ears gave up on the awaited utterance.
    pub(super) fn no_words(&mut self, reason: &str) {
        let Some(utterance) = self.awaited.take() else { return };
        self.timers.clear(Timer::Asr);
        self.act(Action::Discard(utterance.number));
        self.note(Note::Error { stage: Stage::Asr, reason: reason.into() });
        if utterance.over && self.reply.is_some() {
            self.resume();
        } else {
            self.say("Sorry, I did not catch that.");
        }
    }

    /// An utterance that is still open, or overtaken, could not be decoded.
    pub(super) fn forget_failed(&mut self, number: u64, reason: &str) {
        if let Some(utterance) = self.open.as_mut().filter(|utterance| utterance.number == number) {
            utterance.answered += 1;
        }
        self.overtaken.retain(|utterance| utterance.number != number);
        self.note(Note::Error { stage: Stage::Asr, reason: reason.into() });
    }

    pub(super) fn mute(&mut self, muted: bool) {
        self.muted = muted;
        self.talking = false;
        self.gate.reset();
        if self.detector.ducked() {
            self.duck(false);
        }
        self.detector.reset();
        if let Some(utterance) = self.open.take_if(|_| muted) {
            self.timers.clear_all(&OPEN);
            self.act(Action::Discard(utterance.number));
            self.nothing_said(utterance.over);
        }
    }

    pub(super) fn talk(&mut self, down: bool) {
        if self.muted || down == self.talking {
            return;
        }
        self.talking = down;
        if !down {
            self.end_turn();
        } else if self.open.is_some() {
            self.timers.clear_all(&[Timer::Speculate, Timer::EndTurn]);
        } else if self.reply.as_ref().is_some_and(|reply| !reply.held) {
            self.cut();
        } else {
            self.begin_utterance(false);
        }
    }
}
