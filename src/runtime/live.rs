//! The loop: takes what happened, urgent things first, hands it to the dialogue, and carries out what that wants.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select_biased};
use jiff::Zoned;

use super::equipment::Equipment;
use super::exchange::{Arrival, Exchange};
use super::report::tell;
use super::{boot, offers, wishes};
use crate::config::Config;
use crate::control::{Levels, Update, unchanged};
use crate::device::loudness;
use crate::dialog::Dialog;
use crate::message::{Action, Command, Event, Part, Stage, Time};
use crate::turn::TurnClock;
use crate::worker::baton::{Baton, Holder};
use crate::worker::clerk::Clerk;
use crate::worker::ear::{Heard, Switches};
use crate::worker::historian::Pen;
use crate::worker::meter::Meter;
use crate::worker::recorder::Recorder;
use crate::worker::{Handle, actor, player, scribe, thinker, voice};

/// Longest time between two readings of the meters, also while golem hears nothing.
const METERS: Duration = Duration::from_millis(100);
/// The same while nothing is under way: longer than the ear gathers frames.
const IDLE_METERS: Duration = Duration::from_millis(250);

/// How often the dialogue gets the wall-clock time: an alarm may be this late after the machine has slept.
const WALL: Duration = Duration::from_secs(10);

/// Everything the loop owns. Fields drop in this order: receivers first, so that no worker waits for room in a
/// channel that is no longer read; then from capture to playback.
pub(super) struct Loop {
    events: Receiver<Event>,
    heard: Receiver<Heard>,
    _ear: Handle<()>,
    scribe: Handle<scribe::Job>,
    /// There is none where golem only takes commands.
    thinker: Option<Handle<thinker::Job>>,
    /// One queue for all actors: they end when it is gone, so it goes before them.
    orders: Sender<actor::Job>,
    _actors: Vec<Handle<()>>,
    clerk: Option<Clerk>,
    pen: Option<Pen>,
    meter: Meter,
    voice: Handle<voice::Job>,
    player: Handle<player::Job>,
    switches: Switches,
    clock: TurnClock,
    /// Whose turn at the processor it is.
    baton: Baton,
    wanted: TurnClock,
    allowed: TurnClock,
    dialog: Dialog,
    exchange: Exchange,
    arrivals: Receiver<Arrival>,
    /// The reply that is followed, and how many bytes of it were heard.
    spoken: (u64, usize),
    recorder: Recorder,
    wishes: wishes::Wishes,
    catalogue: offers::OfferList,
    /// How loud golem itself is.
    output: loudness::Meter,
    /// When the meters were last sent.
    metered: Instant,
    /// When the dialogue last got the wall-clock time.
    dated: Instant,
    began: Instant,
}

impl Loop {
    pub fn new(config: &Config, parts: boot::Parts, equipment: Equipment, updates: &Sender<Update>) -> Self {
        let Equipment { commands, clerk, past, meter, .. } = equipment;
        let baton = parts.shop.baton().clone();
        let exchange = Exchange::new(parts.shop, parts.first, parts.catalogue.in_use(), updates);
        let mut dialog = Dialog::new(config, exchange.speculates(), commands);
        dialog.recall(past.exchanges);
        dialog.tell_time(Duration::ZERO, Zoned::now());
        Self {
            events: parts.events,
            heard: parts.heard,
            _ear: parts.ear,
            scribe: parts.scribe,
            thinker: parts.thinker,
            orders: parts.orders,
            _actors: parts.actors,
            clerk,
            pen: past.pen,
            meter,
            voice: parts.voice,
            player: parts.player,
            switches: parts.switches,
            clock: parts.clock,
            baton,
            wanted: parts.wanted,
            allowed: parts.allowed,
            dialog,
            arrivals: exchange.arrivals(),
            exchange,
            spoken: (0, 0),
            recorder: Recorder::new(config.vad.pre_roll_ms),
            wishes: parts.wishes,
            catalogue: parts.catalogue,
            output: parts.loudness.meter(),
            metered: Instant::now(),
            dated: Instant::now(),
            began: Instant::now(),
        }
    }

    fn now(&self) -> Time {
        self.began.elapsed()
    }

    /// Until the channel of commands or that of settings closes.
    pub fn run(&mut self, commands: &Receiver<Command>, settings: &Receiver<Config>, updates: &Sender<Update>) {
        self.switches.listening.store(true, Ordering::Release);
        tell(updates, Update::Listening);
        loop {
            let idle = self.dialog.idle();
            self.switches.alert.store(!idle, Ordering::Relaxed);
            let reading = if idle { IDLE_METERS } else { METERS };
            let meters = reading.saturating_sub(self.metered.elapsed());
            let wait = self.dialog.poll_timeout().map_or(meters, |at| at.saturating_sub(self.now()).min(meters));
            select_biased! {
                recv(settings) -> config => match config {
                    Ok(config) => self.dialog.configure(&config),
                    Err(_) => return self.end(),
                },
                recv(commands) -> command => match command {
                    Ok(command) => {
                        self.command(command, updates);
                        self.catch_up(updates);
                    }
                    Err(_) => return self.end(),
                },
                recv(self.arrivals) -> arrival => if let Some(voice) = arrival.ok().and_then(|news| self.exchange.arrive(news)) {
                    self.pass(Part::Voice, voice, updates);
                },
                recv(self.events) -> event => match event {
                    Ok(event) if self.exchange.judge(&event, &mut self.scribe, self.thinker.as_mut()) => {
                        self.dialog.speculate(self.exchange.speculates());
                    }
                    Ok(event) => {
                        let played = matches!(event, Event::Played { .. });
                        self.dialog.handle(self.began.elapsed(), event);
                        if played {
                            self.follow(updates);
                        }
                    }
                    Err(_) => return self.end(),
                },
                recv(self.heard) -> heard => match heard {
                    Ok(heard) => self.hear(&heard, updates),
                    Err(_) => return self.end(),
                },
                default(wait) => self.dialog.tick(self.began.elapsed()),
            }
            if self.dated.elapsed() >= WALL {
                self.dated = Instant::now();
                self.dialog.tell_time(self.now(), Zoned::now());
            }
            self.act(updates);
            if self.dialog.settled() {
                self.exchange.change(&mut self.scribe, self.thinker.as_mut());
                self.dialog.speculate(self.exchange.speculates());
            }
            // While muted, and while the microphone is lost, golem may still be heard.
            if self.metered.elapsed() >= reading {
                self.show(loudness::SILENCE, 0.0, updates);
            }
        }
    }

    /// After a command, whatever else has happened gets its turn: a flood of commands keeps no audio waiting.
    fn catch_up(&mut self, updates: &Sender<Update>) {
        if let Ok(event) = self.events.try_recv()
            && !self.exchange.judge(&event, &mut self.scribe, self.thinker.as_mut())
        {
            self.dialog.handle(self.now(), event);
        }
        if let Ok(heard) = self.heard.try_recv() {
            self.hear(&heard, updates);
        }
    }

    /// Reports each further word of the reply that was heard.
    fn follow(&mut self, updates: &Sender<Update>) {
        let Some((turn, text)) = self.dialog.heard() else { return };
        if (turn, text.len()) != self.spoken && !text.is_empty() {
            self.spoken = (turn, text.len());
            // Who misses one learns the same from the next.
            let _ = updates.try_send(Update::Spoken { turn, text });
        }
    }

    fn command(&mut self, command: Command, updates: &Sender<Update>) {
        match command {
            Command::Offers => return self.catalogue.tell(updates),
            Command::Switch { part: part @ (Part::Ears | Part::Brain), name } => {
                return self.exchange.wish(part, &name);
            }
            Command::Switch { part, name } => {
                self.exchange.chose(part);
                return self.pass(part, name, updates);
            }
            Command::Mute(muted) => self.switches.muted.store(muted, Ordering::Relaxed),
            _ => {}
        }
        self.dialog.handle(self.now(), Event::Command(command));
    }

    /// Passes a wish on to the thread that can grant it.
    fn pass(&self, part: Part, name: String, updates: &Sender<Update>) {
        if let Err(reason) = self.wishes.pass(part, name, &self.voice) {
            tell(updates, Update::Notice(unchanged(part, reason)));
        }
    }

    /// Sends the levels of what is heard and played now. Does not block when no front end reads them.
    fn show(&mut self, decibels: f32, probability: f32, updates: &Sender<Update>) {
        self.metered = Instant::now();
        let (threshold, output) = (self.dialog.threshold(), self.output.read());
        let _ = updates.try_send(Update::Level(Levels { decibels, probability, threshold, output }));
    }

    fn hear(&mut self, heard: &Heard, updates: &Sender<Update>) {
        self.show(heard.level, heard.probability, updates);
        if let Some(job) = self.recorder.push(&heard.frame) {
            self.scribe(job);
        }
        self.dialog.handle(self.now(), Event::Frame { probability: heard.probability });
    }

    fn scribe(&mut self, job: scribe::Job) {
        let number = if let scribe::Job::Decode(number, _) = job { number } else { 0 };
        self.exchange.heard(&job);
        if !self.scribe.send(job) && !self.exchange.ears_back(&mut self.scribe, "it has stopped") {
            let reason = "the ears cannot keep up; a smaller model is faster".into();
            self.dialog.handle(self.now(), Event::Failed { stage: Stage::Asr, number, reason });
        }
    }

    /// Carries out what the dialogue wants.
    fn act(&mut self, updates: &Sender<Update>) {
        while let Some(action) = self.dialog.poll_action() {
            match action {
                Action::Listen(utterance) => {
                    // An answer will follow.
                    self.player.send(player::Job::Wake);
                    self.recorder.listen(utterance).into_iter().for_each(|job| self.scribe(job));
                }
                Action::Transcribe { utterance, mode } => {
                    self.player.send(player::Job::Wake);
                    self.scribe(scribe::Job::Decode(utterance, mode));
                }
                Action::Close(utterance) => self.recorder.close(utterance),
                Action::Discard(utterance) => {
                    self.recorder.close(utterance);
                    self.wanted.raise(utterance + 1);
                }
                Action::Think { turn, conversation } => {
                    let sent = self.think(thinker::Job::Think { turn, conversation });
                    self.failed_unless(sent, Stage::Llm, turn);
                }
                Action::Read { turn, conversation } => drop(self.think(thinker::Job::Read { turn, conversation })),
                Action::Prepare { turn, conversation } => {
                    self.voice.send(voice::Job::Keep(turn));
                    let sent = self.think(thinker::Job::Think { turn, conversation });
                    self.failed_unless(sent, Stage::Llm, turn);
                }
                Action::Utter(turn) => {
                    let sent = self.voice.send(voice::Job::Utter(turn));
                    self.failed_unless(sent, Stage::Tts, turn);
                }
                Action::Perform { turn, decision, order } => {
                    let job = actor::Job { turn, decision, order };
                    let sent = self.orders.try_send(job).is_ok();
                    self.failed_unless(sent, Stage::Command, turn);
                }
                Action::Abort(turn) => self.allowed.raise(turn),
                Action::Mute(muted) => self.switches.muted.store(muted, Ordering::Relaxed),
                Action::Hold => {
                    self.think(thinker::Job::Hold);
                    self.voice.send(voice::Job::Hold);
                }
                Action::Release => {
                    self.think(thinker::Job::Release);
                    self.voice.send(voice::Job::Release);
                }
                Action::Speak { turn, clause, text } => {
                    self.player.send(player::Job::Wake);
                    if clause == 0 {
                        self.baton.give(Holder::Voice);
                    }
                    let sent = self.voice.send(voice::Job::Speak { turn, clause, text });
                    self.failed_unless(sent, Stage::Tts, turn);
                }
                Action::Duck(on) => drop(self.player.send(player::Job::Duck(on))),
                Action::Cut => drop(self.player.send(player::Job::Cut)),
                Action::Resume { turn, clause } => drop(self.player.send(player::Job::Resume { turn, clause })),
                Action::Cancel(turn) => {
                    self.clock.raise(turn);
                    self.player.send(player::Job::Cancel(turn));
                }
                Action::Note(note) => {
                    if let Some(clerk) = &mut self.clerk {
                        clerk.take(&note);
                    }
                    if let Some(pen) = &self.pen {
                        pen.note(&note);
                    }
                    self.meter.note(&note);
                    tell(updates, Update::Note(self.now(), note));
                }
            }
        }
    }

    fn think(&mut self, job: thinker::Job) -> bool {
        self.exchange.thought(&job);
        let Some(thinker) = &mut self.thinker else { return false };
        thinker.send(job) || self.exchange.brain_back(thinker, "it has stopped")
    }

    fn failed_unless(&mut self, sent: bool, stage: Stage, number: u64) {
        if !sent {
            let reason = "the engine has stopped; start golem again".into();
            self.dialog.handle(self.now(), Event::Failed { stage, number, reason });
        }
    }

    /// Everything under way goes stale, so that every thread ends soon; the voice fades out.
    fn end(&mut self) {
        self.switches.stop.store(true, Ordering::Relaxed);
        self.clock.raise(u64::MAX);
        self.wanted.raise(u64::MAX);
        self.allowed.raise(u64::MAX);
        self.player.send(player::Job::Cancel(u64::MAX));
    }
}
