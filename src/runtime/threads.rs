//! The threads of a golem that starts: their names, their channels, and their reports that they are ready.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::engines::EngineSource;
use super::report::{InUse, PartReporter, Readiness, device_remark, takeover};
use super::voices::VoiceCatalogue;
use super::wake;
use crate::config::Config;
use crate::config::echo::Canceller;
use crate::control::{Part, Update};
use crate::device::capture::Capture;
use crate::device::deck::Clip;
use crate::device::loudness::Loudness;
use crate::device::playback::Playback;
use crate::device::reference::{ReferenceReader, ReferenceWriter};
use crate::engine::registry::{self, Files};
use crate::engine::speaker::KnownVoices;
use crate::engine::voice_name;
use crate::executor::Performer;
use crate::message::Event;
use crate::turn::TurnClock;
use crate::worker::baton::Baton;
use crate::worker::commands::CommandWorker;
use crate::worker::echo::EchoStage;
use crate::worker::loudspeaker::Loudspeaker;
use crate::worker::meter::MetricsMeter;
use crate::worker::playback::PlaybackWorker;
use crate::worker::queue::DropOldest;
use crate::worker::speaker::{OpenVoices, OwnSound, SpeakerJob, SpeakerWorker};
use crate::worker::switching::{PartObserver, VoiceSwitch};
use crate::worker::tts::TtsWorker;
use crate::worker::turn::{TurnJob, TurnWorker};
use crate::worker::vad::{Switches, VadFrame, VadWorker};
use crate::worker::{Handle, commands, playback, tts, vad};

/// Threads that carry out orders.
const COMMAND_THREADS: usize = 3;

/// Starts the threads that work with a device, a voice or a program. Each opens its device or engine itself, and
/// reports whether that succeeded.
pub struct Threads<'a> {
    pub config: &'a Config,
    pub files: &'a Files,
    pub engines: &'a Arc<dyn EngineSource>,
    pub updates: &'a Sender<Update>,
    pub events: Sender<Event>,
    pub readiness: Readiness,
    pub in_use: InUse,
    /// Whether the session is recorded, and with it the inputs of the echo canceller.
    pub recorded: bool,
}

impl Threads<'_> {
    fn reporter(&self, part: Part) -> PartReporter {
        PartReporter::new(part, &self.in_use, self.updates)
    }

    /// The thread of voice activity detection.
    pub fn vad(
        &self,
        switches: &Switches,
        heard: DropOldest<VadFrame>,
        (requests, reference): (Receiver<String>, ReferenceReader),
        meter: &MetricsMeter,
    ) -> std::io::Result<Handle<()>> {
        let echo = self.config.echo;
        let reference = (echo.canceller != Canceller::Off).then_some(reference);
        let (config, files, readiness) = (self.config.clone(), self.files.clone(), self.readiness.clone());
        let (mut reporter, updates) = (self.reporter(Part::Capture), self.updates.clone());
        let (meter, lost, recorded) = (meter.clone(), updates.clone(), self.recorded);
        let dropped = move |total| {
            meter.dropped(total);
            let _ = lost.try_send(Update::Dropped { samples: total });
        };
        let (events, switches) = (self.events.clone(), switches.clone());
        let ports = vad::VadPorts { heard, events, requests, reference, switches, dropped: Box::new(dropped) };
        Handle::spawn("golem-vad", bounded(1).0, move || {
            let opened = registry::vad(&files).map_err(|error| error.to_string());
            let opened = opened.and_then(|vad| {
                let stage = EchoStage::open(&echo, || registry::vad(&files)).map_err(|error| error.to_string())?;
                Ok((vad, stage, Capture::open(&config.audio).map_err(|error| error.to_string())?))
            });
            let (vad, stage, capture) = match opened {
                Ok(opened) => opened,
                Err(reason) => return readiness.failed(reason),
            };
            let phrase = match wake::listener(&config, &files, &mut wake::notice(&updates, &config.wake.phrase)) {
                Ok(phrase) => phrase,
                Err(error) => return readiness.failed(error.to_string()),
            };
            reporter.started(capture.id(), capture.name());
            readiness.ready(Part::Vad, "Silero VAD".into(), "");
            let remark = device_remark(Part::Capture, capture.id(), capture.name());
            readiness.ready(Part::Capture, capture.name().into(), remark);
            drop(readiness);
            let stage = if recorded { stage.map(EchoStage::keeping_sides) } else { stage };
            let worker = VadWorker::new(vad).with_echo(stage).listening_for(phrase);
            if let Err(error) = worker.run(capture, ports, &mut reporter) {
                let _ = updates.send(Update::Fatal { reason: error.to_string() });
            }
        })
    }

    /// The thread that judges pauses, if a model for it is installed and wanted. Golem starts without waiting for it.
    pub fn turn(&self) -> std::io::Result<Option<Handle<TurnJob>>> {
        if !self.config.turn.model || self.files.turn.is_none() {
            return Ok(None);
        }
        let (files, events) = (self.files.clone(), self.events.clone());
        let judge = move |jobs: Receiver<TurnJob>| {
            let model = registry::turn(&files).unwrap_or_else(|error| {
                let reason = format!("{error}; silence and words alone end a turn");
                drop(events.send(Event::Failed { part: Part::Vad, number: 0, reason }));
                None
            });
            TurnWorker::new(model).run(&jobs, &events);
        };
        Handle::with_queue("golem-turn", judge).map(Some)
    }

    /// The thread of the speaker check. It loads nothing and sleeps if the settings do not ask for the check.
    pub fn speaker(
        &self,
        (jobs_in, jobs): (Sender<SpeakerJob>, Receiver<SpeakerJob>),
    ) -> std::io::Result<Handle<SpeakerJob>> {
        let (files, events, readiness) = (self.files.clone(), self.events.clone(), self.readiness.clone());
        let checks = self.config.speaker.checks();
        Handle::spawn("golem-speaker", jobs_in, move || {
            let mut open: OpenVoices = Box::new(move || KnownVoices::open(&files.speaker, &files.voices));
            let known = match checks.then(&mut open).transpose() {
                Ok(known) => known,
                Err(error) => return readiness.failed(error.to_string()),
            };
            drop(readiness);
            SpeakerWorker::new(known).run(&jobs, &events, open);
        })
    }

    /// The thread of text to speech, whose sound also goes to `own`. `rate` is the loudspeaker's.
    pub fn tts(
        &self,
        voices: &Arc<VoiceCatalogue>,
        (turns, baton): (&TurnClock, &Baton),
        (clips, rate): (Sender<Clip>, Receiver<u32>),
        (requests, own): (Receiver<String>, OwnSound),
    ) -> std::io::Result<Handle<tts::TtsJob>> {
        let (tts, files, readiness) = (self.config.tts.clone(), self.files.clone(), self.readiness.clone());
        let (voices, turns, baton) = (Arc::clone(voices), turns.clone(), baton.clone());
        let (mut reporter, events) = (self.reporter(Part::Tts), self.events.clone());
        let (updates, engines) = (self.updates.clone(), Arc::clone(self.engines));
        Handle::with_queue("golem-tts", move |jobs| {
            let choice = match engines.tts(&tts, &files) {
                Ok(choice) => choice,
                Err(error) => return readiness.failed(error.to_string()),
            };
            let described = choice.engine.describe();
            voices.begins_with(voice_name(&described));
            reporter.started(voice_name(&described), &described);
            readiness.at(Part::Tts, described, choice.why, choice.engine.address());
            drop(readiness);
            let report = takeover(Part::Tts, updates);
            let open = move |name: &str| voices.open(name);
            let mut switch = VoiceSwitch::new(requests, Box::new(open), Box::new(reporter));
            // Without a loudspeaker there is no rate; playback has reported that already.
            if let Ok(rate) = rate.recv() {
                let voice = TtsWorker::new(choice.engine, rate, turns, baton).overheard(own).reporting(report);
                voice.run(&jobs, &clips, &events, &mut || switch.change());
            }
        })
    }

    /// The thread of playback; it sends the loudspeaker's rate, and a handle to read its loudness.
    pub fn playback(
        &self,
        clips: Receiver<Clip>,
        (requests, reference): (Receiver<String>, ReferenceWriter),
        (rate, loudness): (Sender<u32>, Sender<Loudness>),
    ) -> std::io::Result<Handle<playback::PlaybackJob>> {
        let reference = (self.config.echo.canceller != Canceller::Off).then_some(reference);
        let (audio, barge_in) = (self.config.audio.clone(), self.config.barge_in.clone());
        let (mut reporter, events) = (self.reporter(Part::Playback), self.events.clone());
        let readiness = self.readiness.clone();
        Handle::with_queue("golem-playback", move |jobs| {
            let fade = u32::try_from(barge_in.fade_ms).unwrap_or(10);
            let (playback, deck) = match Playback::open_with(&audio, fade, reference) {
                Ok(opened) => opened,
                Err(error) => return readiness.failed(error.to_string()),
            };
            let _ = rate.send(playback.rate());
            let _ = loudness.send(deck.loudness());
            reporter.started(playback.id(), playback.name());
            readiness.ready(Part::Playback, playback.name().into(), "");
            drop(readiness);
            let mut loudspeaker = Loudspeaker::new(playback, requests, Box::new(reporter));
            let player = PlaybackWorker::new(deck, barge_in.duck_level);
            player.run(&jobs, &clips, &events, &mut |need| loudspeaker.tend(need));
        })
    }

    /// The threads that carry out orders: several, so that a slow program does not keep the next command waiting.
    pub fn actors(
        &self,
        orders: &TurnClock,
        jobs: &Receiver<commands::CommandJob>,
    ) -> std::io::Result<Vec<Handle<()>>> {
        let start = |number| {
            let (jobs, events, orders) = (jobs.clone(), self.events.clone(), orders.clone());
            Handle::spawn(&format!("golem-command-{number}"), bounded(1).0, move || {
                CommandWorker::new(Performer::new(), orders).run(&jobs, &events);
            })
        };
        (1..=COMMAND_THREADS).map(start).collect()
    }
}
