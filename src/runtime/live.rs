//! The loop of the live golem: takes events, urgent ones first, hands them to the dialogue, and carries out its
//! actions.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select_biased};
use jiff::Zoned;

use super::assembly::command_paths;
use super::equipment::Equipment;
use super::exchange::{Arrival, Exchange};
use super::queues::Queues;
use super::report::tell;
use super::switch_requests::SwitchRequests;
use super::{boot, offers};
use crate::config::Config;
use crate::control::{Levels, Update};
use crate::device::loudness::LoudnessMeter;
use crate::dialog::Dialog;
use crate::message::{Event, Part, Request, Time};
use crate::session::SessionRecorder;
use crate::signal::level::SILENCE;
use crate::worker::carry_out::{ActionRunner, Workers as _};
use crate::worker::vad::{Switches, VadFrame};
use crate::worker::{Handle, playback};

/// Longest time between two readings of the meters, also while golem hears nothing.
const METERS: Duration = Duration::from_millis(100);
/// Longest time between two readings while nothing is under way: longer than voice activity detection gathers frames.
const IDLE_METERS: Duration = Duration::from_millis(250);

/// How often the dialogue gets the wall-clock time: an alarm may be this late after the machine has slept.
const WALL: Duration = Duration::from_secs(10);

/// Everything the loop owns. Fields drop in this order: receivers first, so that no worker waits for room in a
/// channel that is no longer read; then from capture to playback.
pub(super) struct Loop {
    events: Receiver<Event>,
    heard: Receiver<VadFrame>,
    _vad: Handle<()>,
    queues: Queues,
    _actors: Vec<Handle<()>>,
    switches: Switches,
    actions: ActionRunner,
    dialog: Dialog,
    arrivals: Receiver<Arrival>,
    /// Turn of the reply that is spoken, and how many bytes of it were heard.
    spoken: (u64, usize),
    switch_requests: SwitchRequests,
    catalogue: offers::OfferList,
    /// Meter of golem's own loudness.
    output: LoudnessMeter,
    /// When the meters were last sent.
    metered: Instant,
    /// When the dialogue last got the wall-clock time.
    dated: Instant,
    /// The recorder of this session, if it is recorded.
    session: Option<SessionRecorder>,
}

impl Loop {
    pub fn new(config: &Config, parts: boot::Parts, equipment: Equipment, updates: &Sender<Update>) -> Self {
        let Equipment { commands, clerk, engines, past, meter, session, .. } = equipment;
        let commanded = commands.is_some();
        let baton = parts.shop.baton().clone();
        let exchange = Exchange::new(parts.shop, parts.first, parts.catalogue.in_use(), updates);
        let mut dialog = Dialog::new(config, exchange.speculates(), commands);
        let session = session.map(|session| recorded(session, config, (exchange.speculates(), commanded), updates));
        if session.is_some() {
            dialog.record();
        }
        dialog.recall(past.exchanges);
        if let Some(mean) = past.pauses.known {
            dialog.know_pauses(mean);
        }
        dialog.tell_time(Duration::ZERO, Zoned::now());
        Self {
            events: parts.events,
            heard: parts.heard,
            _vad: parts.vad,
            arrivals: exchange.arrivals(),
            queues: Queues {
                turn: parts.turn,
                asr: parts.asr,
                llm: parts.llm,
                orders: parts.orders,
                tts: parts.tts,
                playback: parts.playback,
                own_sound: parts.own_sound,
                speaker: parts.speaker,
                muted: Arc::clone(&parts.switches.muted),
                interim: config.asr.interim,
                baton,
                exchange,
                clerk,
                pen: past.pen,
                pauses: past.pauses,
                meter,
                updates: updates.clone(),
                began: Instant::now(),
            },
            _actors: parts.actors,
            switches: parts.switches,
            actions: ActionRunner::new(config.vad.pre_roll_ms, parts.generations)
                .leaving_out_calls(engines.leaves_out_call()),
            dialog,
            spoken: (0, 0),
            switch_requests: parts.switch_requests,
            catalogue: parts.catalogue,
            output: parts.loudness.meter(),
            metered: Instant::now(),
            dated: Instant::now(),
            session,
        }
    }

    fn now(&self) -> Time {
        self.queues.now()
    }

    /// Runs until the channel of requests or that of settings closes.
    pub fn run(&mut self, requests: &Receiver<Request>, settings: &Receiver<Config>, updates: &Sender<Update>) {
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
                    Ok(config) => {
                        self.queues.exchange.configure(&config);
                        self.dialog.configure(&config);
                        self.queues.interim = config.asr.interim;
                        self.queues.check_speakers(config.speaker.checks());
                    }
                    Err(_) => return self.end(),
                },
                recv(requests) -> request => match request {
                    Ok(request) => {
                        self.request(request, updates);
                        self.catch_up(updates);
                    }
                    Err(_) => return self.end(),
                },
                recv(self.arrivals) -> arrival => if let Some(voice) = arrival.ok().and_then(|news| self.queues.exchange.arrive(news)) {
                    self.pass(Part::Tts, voice, updates);
                },
                recv(self.events) -> event => match event {
                    Ok(event) if self.queues.judge(&event) => {
                        self.dialog.speculate(self.queues.exchange.speculates());
                    }
                    Ok(event) => {
                        let played = matches!(event, Event::Played { .. });
                        self.dialog.handle(self.now(), event);
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
                default(wait) => self.dialog.tick(self.now()),
            }
            if self.dated.elapsed() >= WALL {
                self.dated = Instant::now();
                self.dialog.tell_time(self.now(), Zoned::now());
            }
            self.act();
            if let Some(session) = &mut self.session {
                session.take(&mut self.dialog);
            }
            if self.dialog.settled() {
                self.queues.change();
                self.dialog.speculate(self.queues.exchange.speculates());
            }
            // Send levels also while muted, and while the microphone is lost: golem may still be heard.
            if self.metered.elapsed() >= reading {
                self.show(SILENCE, 0.0, updates);
            }
        }
    }

    /// After a request, takes an event and a frame too: a flood of requests keeps no audio waiting.
    fn catch_up(&mut self, updates: &Sender<Update>) {
        if let Ok(event) = self.events.try_recv()
            && !self.queues.judge(&event)
        {
            self.dialog.handle(self.now(), event);
        }
        if let Ok(heard) = self.heard.try_recv() {
            self.hear(&heard, updates);
        }
    }

    /// Reports the part of the reply that was heard, whenever it has grown.
    fn follow(&mut self, updates: &Sender<Update>) {
        let Some((turn, text)) = self.dialog.heard() else { return };
        if (turn, text.len()) != self.spoken && !text.is_empty() {
            self.spoken = (turn, text.len());
            // Ignore a full channel: the next update contains this one's text.
            let _ = updates.try_send(Update::Spoken { turn, text });
        }
    }

    fn request(&mut self, request: Request, updates: &Sender<Update>) {
        match request {
            Request::Offers => return self.catalogue.tell(updates),
            Request::Switch { part: part @ (Part::Asr | Part::Llm), name } => {
                return self.queues.exchange.request(part, &name);
            }
            Request::Switch { part, name } => {
                self.queues.exchange.chose(part);
                return self.pass(part, name, updates);
            }
            Request::Mute | Request::Unmute => {
                self.switches.muted.store(request == Request::Mute, Ordering::Relaxed);
                self.actions.mute();
            }
            _ => {}
        }
        self.dialog.handle(self.now(), Event::Request(request));
    }

    /// Passes a request on to the thread that can grant it.
    fn pass(&self, part: Part, name: String, updates: &Sender<Update>) {
        if let Err(reason) = self.switch_requests.pass(part, name, &self.queues.tts) {
            tell(updates, Update::unchanged(part, reason));
        }
    }

    /// Sends the present levels of microphone and loudspeaker. Does not block if no front end reads them.
    fn show(&mut self, decibels: f32, probability: f32, updates: &Sender<Update>) {
        self.metered = Instant::now();
        let (threshold, output) = (self.dialog.threshold(), self.output.read());
        let _ = updates.try_send(Update::Level(Levels { decibels, probability, threshold, output }));
    }

    fn hear(&mut self, heard: &VadFrame, updates: &Sender<Update>) {
        self.show(heard.level, heard.probability, updates);
        if let Some(session) = &mut self.session {
            session.frame(&heard.frame);
            if let Some(sides) = &heard.sides {
                session.echo(&sides.heard, &sides.played);
            }
        }
        self.actions.hear(heard, &mut self.dialog, &mut self.queues);
    }

    /// Carries out what the dialogue wants.
    fn act(&mut self) {
        self.actions.carry_out(&mut self.dialog, &mut self.queues);
    }

    /// Makes all work stale, so that every thread ends soon, and fades out the voice.
    fn end(&mut self) {
        self.switches.stop.store(true, Ordering::Relaxed);
        self.actions.end();
        self.queues.playback.send(playback::PlaybackJob::Cancel(u64::MAX));
    }
}

/// Writes down the settings that golem begins with, and reports the recording to front ends.
fn recorded(
    mut session: SessionRecorder,
    config: &Config,
    (speculates, commanded): (bool, bool),
    updates: &Sender<Update>,
) -> SessionRecorder {
    let commands = if commanded { command_paths(config) } else { Vec::new() };
    if let Err(error) = session.folder().describe(config, speculates, &commands) {
        tell(updates, Update::notice(format!("the recording cannot be replayed: {error}")));
    }
    let complain = updates.clone();
    session.on_end(Box::new(move |reason| tell(&complain, Update::notice(reason))));
    tell(updates, Update::Recording { folder: session.folder().path().display().to_string() });
    session
}
