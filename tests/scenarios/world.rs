//! Simulated engines and a simulated loudspeaker around a dialogue, on a virtual clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use golem::command::{Book, Commands};
use golem::dialog::Dialog;
use golem::message::{
    Action, Event, GrammarMatch, Mark, Message, Note, Part, Role, Time, Timing, Transcript, VoiceLikeness,
};
use golem::order::{Deed, Outcome};
use golem::phrases::{Failure, ProgramEnd};

use super::script::{Hears, Reply, Scenario};
use super::speaker::{Clip, PER_MS, Speaker};
use super::trace::{self, Line};

/// What can be commanded in a scenario: every program is there.
fn commands(scenario: &Scenario) -> Option<Arc<Commands>> {
    if scenario.commands.is_empty() {
        return None;
    }
    let book = Book::parse("scenario.yaml", &scenario.commands, &|_| true).unwrap_or_else(|error| panic!("{error}"));
    Some(Arc::new(Commands::new(book, &scenario.config).unwrap_or_else(|error| panic!("{error}"))))
}

/// A message of the conversation before.
fn earlier(line: &str) -> Message {
    let (who, text) = line.split_once(": ").unwrap_or_else(|| panic!("nobody said {line}"));
    Message::new(if who == "user" { Role::User } else { Role::Assistant }, text)
}

/// The place of an utterance among those that were asked about, in order.
fn place(asked: &mut Vec<u64>, utterance: u64) -> usize {
    asked.iter().position(|known| *known == utterance).unwrap_or_else(|| {
        asked.push(utterance);
        asked.len() - 1
    })
}

/// The reply that is being generated.
#[derive(Default)]
struct Brain {
    turn: u64,
    left: VecDeque<String>,
    begins: u64,
    stalls: bool,
    fails: bool,
    busy: bool,
}

/// The world around a dialogue.
pub struct World<'a> {
    /// The dialogue under test.
    pub dialog: Dialog,
    /// What happened.
    pub trace: Vec<Line>,
    /// The loudspeaker.
    pub speaker: Speaker,
    /// Whoever wants to see every action.
    pub watch: Option<&'a mut dyn FnMut(&Action)>,
    scenario: &'a Scenario,
    now: u64,
    due: BTreeMap<(u64, u64), Event>,
    count: u64,
    heard: Vec<u64>,
    /// The utterances whose voice was asked for.
    identified: Vec<u64>,
    ears_free: u64,
    judged: usize,
    thoughts: usize,
    brain: Brain,
    /// Next word of the brain, next clause of the voice.
    brain_at: Option<u64>,
    voice_at: Option<u64>,
    to_say: VecDeque<(u64, usize, String)>,
    /// The turn whose sound is kept back, and its sound.
    kept: Option<u64>,
    clips: Vec<Clip>,
    held: bool,
    live: u64,
}

impl<'a> World<'a> {
    /// A world for a scenario.
    pub fn new(scenario: &'a Scenario) -> Self {
        let mut config = scenario.config.clone();
        config.turn.ahead = scenario.ahead;
        let mut dialog = Dialog::new(&config, scenario.speculates, commands(scenario));
        if !scenario.wall.is_empty() {
            let wall =
                scenario.wall.parse::<jiff::civil::DateTime>().and_then(|wall| wall.to_zoned(jiff::tz::TimeZone::UTC));
            dialog.tell_time(Time::ZERO, wall.unwrap_or_else(|error| panic!("{error}")));
        }
        dialog.recall(scenario.earlier.iter().map(|line| earlier(line)).collect());
        if let Some(ms) = scenario.known_pauses_ms {
            dialog.know_pauses(Time::from_millis(ms));
        }
        let mut world = Self {
            dialog,
            trace: Vec::new(),
            speaker: Speaker::new(scenario.mute_speaker),
            watch: None,
            scenario,
            now: 0,
            due: BTreeMap::new(),
            count: 0,
            heard: Vec::new(),
            identified: Vec::new(),
            ears_free: 0,
            judged: 0,
            thoughts: 0,
            brain: Brain::default(),
            brain_at: None,
            voice_at: None,
            to_say: VecDeque::new(),
            kept: None,
            clips: Vec::new(),
            held: false,
            live: 0,
        };
        for step in &scenario.steps {
            step.told().into_iter().for_each(|event| world.at(step.at, event));
        }
        world
    }

    /// Lets everything happen, from event to event.
    pub fn run(&mut self) {
        let last = self.scenario.steps.iter().map(|step| step.at + step.voice.unwrap_or(0)).max().unwrap_or(0);
        let mut frame = 32;
        while self.now < self.scenario.until && (self.now <= last + 1_000 || !self.done()) {
            let timeout =
                self.dialog.poll_timeout().map(|at| u64::try_from(at.as_nanos().div_ceil(1_000_000)).unwrap_or(0));
            let event = self.due.keys().next().map(|key| key.0);
            let next = [timeout, event, self.brain_at, self.voice_at, self.speaker.next, Some(frame)];
            self.now = next.into_iter().flatten().min().unwrap_or(frame).max(self.now);
            if self.now == frame {
                frame += 32;
                self.tell(Event::Frame { probability: self.probability() });
            }
            self.dialog.tick(Time::from_millis(self.now));
            self.act();
            while let Some((key, _)) = self.due.first_key_value().filter(|(key, _)| key.0 <= self.now) {
                let event = self.due.remove(&key.clone()).expect("it was just seen");
                self.tell(event);
            }
            if self.brain_at.take_if(|at| *at <= self.now).is_some() {
                self.think_on();
            }
            if self.voice_at.take_if(|at| *at <= self.now).is_some() {
                self.speak_on();
            }
            if let Some((event, begins)) = self.speaker.step(self.now) {
                if let (Event::Played { turn, clause, .. }, true) = (&event, begins) {
                    self.trace.push(Line { at: self.now, text: format!("sounds {turn}.{clause}") });
                }
                self.tell(event);
            }
        }
    }

    fn done(&self) -> bool {
        self.dialog.idle() && self.due.is_empty() && self.speaker.next.is_none()
    }

    /// How likely a voice is in the frame that ends now.
    fn probability(&self) -> f32 {
        let middle = self.now - 16;
        let level = |step: &super::script::Step| {
            let passed = middle.checked_sub(step.at)?;
            if let Some(frames) = &step.frames {
                return frames.get(usize::try_from(passed / 32).ok()?).copied();
            }
            step.voice.filter(|ms| passed < *ms).map(|_| step.p)
        };
        self.scenario.steps.iter().filter_map(level).fold(0.02, f32::max)
    }

    fn at(&mut self, at: u64, event: Event) {
        self.count += 1;
        self.due.insert((at, self.count), event);
    }

    fn tell(&mut self, event: Event) {
        self.dialog.handle(Time::from_millis(self.now), event);
        self.act();
    }

    fn act(&mut self) {
        while let Some(action) = self.dialog.poll_action() {
            if !matches!(action, Action::Note(Note::Clause { .. })) {
                self.trace.push(Line { at: self.now, text: trace::action(&action) });
            }
            if let Some(watch) = &mut self.watch {
                watch(&action);
            }
            match action {
                Action::Transcribe { utterance, .. } => self.hear(utterance),
                Action::Judge { utterance, pause } => {
                    if let Some(probability) = self.scenario.over.get(self.judged).copied() {
                        self.at(self.now + self.scenario.turn_ms, Event::Judged { utterance, pause, probability });
                    }
                    self.judged += 1;
                }
                Action::Identify { utterance, pause } => self.identify(utterance, pause),
                Action::Think { turn, .. } => self.think(turn),
                Action::Prepare { turn, .. } => {
                    (self.kept, self.clips) = (Some(turn), Vec::new());
                    self.think(turn);
                }
                Action::Utter(turn) => {
                    self.kept.take_if(|kept| *kept == turn);
                    for clip in std::mem::take(&mut self.clips) {
                        self.speaker.queue(self.now, clip);
                    }
                }
                Action::Perform { turn, decision, order } => {
                    let output = match &order.deed {
                        Deed::Run(argv) => argv.join(" "),
                        deed => format!("{deed:?}"),
                    };
                    let outcome = if let Some(status) = self.scenario.act_fails {
                        let (program, end) = (output.clone(), ProgramEnd::Status(status));
                        let failure = Failure::BadEnd { program, end, last_line: None };
                        let (error, failure) = (Some(failure.to_string()), Some(Box::new(failure)));
                        Outcome { status: Some(status), output, error, failure, ..Outcome::default() }
                    } else {
                        let say = order.say.clone().unwrap_or_default();
                        Outcome { status: Some(0), output, say, ..Outcome::default() }
                    };
                    self.at(self.now + self.scenario.act_ms, Event::Performed { turn, decision, outcome });
                }
                Action::Hold => self.held = true,
                Action::Release => {
                    self.held = false;
                    self.wake();
                }
                Action::Speak { turn, clause, text } => {
                    self.to_say.push_back((turn, clause, text));
                    self.wake();
                }
                Action::Cut => self.speaker.cut(),
                Action::Resume { turn, clause } => self.speaker.resume(self.now, turn, clause),
                Action::Cancel(turn) => {
                    self.live = self.live.max(turn);
                    self.brain.busy &= self.brain.turn >= turn;
                    self.speaker.cancel(self.now, turn);
                }
                _ => {}
            }
        }
    }

    fn hear(&mut self, utterance: u64) {
        let index = place(&mut self.heard, utterance);
        let nothing = Hears::Words(String::new());
        let (transcript, ms, fails) = match self.scenario.hears.get(index).unwrap_or(&nothing).clone() {
            Hears::Words(text) => (Transcript { text, ..Transcript::default() }, None, None),
            Hears::Command { command, confidence, text } => {
                let command = Some(GrammarMatch { text: command, confidence, ..GrammarMatch::default() });
                (Transcript { text, command, ..Transcript::default() }, None, None)
            }
            Hears::Full { text, no_speech, logprob, ms, fails } => {
                (Transcript { text, no_speech, mean_logprob: logprob, ..Transcript::default() }, ms, fails)
            }
        };
        self.ears_free = self.ears_free.max(self.now) + ms.unwrap_or(self.scenario.asr_ms);
        let event = match fails {
            Some(reason) => Event::Failed { part: Part::Asr, number: utterance, reason },
            None => Event::Transcript { utterance, transcript },
        };
        self.at(self.ears_free, event);
    }

    fn identify(&mut self, utterance: u64, pause: u32) {
        let index = place(&mut self.identified, utterance);
        if let Some(voice) = self.scenario.voices.get(index) {
            let (enrolled, own, seconds) = (voice.enrolled, voice.own, voice.seconds);
            let voice_heard = Some(VoiceLikeness { enrolled, own, seconds });
            let at = self.now + voice.ms.unwrap_or(self.scenario.speaker_ms);
            self.at(at, Event::Speaker { utterance, pause, voice: voice_heard });
        }
    }

    fn think(&mut self, turn: u64) {
        let replies = &self.scenario.replies;
        let reply = replies[self.thoughts.min(replies.len() - 1)].clone();
        self.thoughts += 1;
        let (text, first, stalls, fails) = match reply {
            Reply::Text(text) => (text, 0, None, None),
            Reply::Full { text, first_ms, stalls_after, fails_after } => (text, first_ms, stalls_after, fails_after),
        };
        let words = stalls.or(fails).unwrap_or(usize::MAX);
        self.brain = Brain {
            turn,
            left: text.split_inclusive(' ').take(words).map(ToString::to_string).collect(),
            begins: self.now + first,
            stalls: stalls.is_some(),
            fails: fails.is_some(),
            busy: turn >= self.live,
        };
        self.held = false;
        self.brain_at = None;
        self.wake();
    }

    /// Engines that have work and may work go on.
    fn wake(&mut self) {
        if self.brain.busy && !self.held && self.brain_at.is_none() {
            self.brain_at = Some(self.now.max(self.brain.begins) + self.scenario.token_ms);
        }
        let able = !self.held && self.scenario.voice != "dead";
        if able && !self.to_say.is_empty() && self.voice_at.is_none() {
            self.voice_at = Some(self.now + self.scenario.tts_ms);
        }
    }

    fn think_on(&mut self) {
        if self.held || !self.brain.busy {
            return;
        }
        let turn = self.brain.turn;
        if let Some(text) = self.brain.left.pop_front() {
            self.wake();
            return self.tell(Event::Piece { turn, text });
        }
        self.brain.busy = false;
        if self.brain.fails {
            self.tell(Event::Failed { part: Part::Llm, number: turn, reason: "out of memory".into() });
        } else if !self.brain.stalls {
            self.tell(Event::ReplyEnd { turn });
        }
    }

    /// What is being synthesised when a hold comes is finished, as a real voice would.
    fn speak_on(&mut self) {
        let Some((turn, clause, text)) = self.to_say.pop_front() else { return };
        self.wake();
        if turn < self.live {
            return;
        }
        if self.scenario.voice == "fails" {
            return self.tell(Event::Failed { part: Part::Tts, number: turn, reason: "no such voice".into() });
        }
        let (mut words, mut samples) = (Vec::new(), 0);
        for word in text.split_whitespace().filter(|_| self.scenario.voice != "silent") {
            samples += self.scenario.word_ms * PER_MS;
            let text_end = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
            words.push(Mark { text_end, sample_end: samples });
        }
        if samples > 0 {
            let clip = Clip { turn, clause, ms: samples / PER_MS };
            if self.kept == Some(turn) {
                self.clips.push(clip);
            } else {
                self.speaker.queue(self.now, clip);
            }
        }
        let words = if self.scenario.marks { words } else { Vec::new() };
        self.tell(Event::Synthesised { turn, clause, timing: Timing { samples, rate: 16_000, words } });
    }
}
