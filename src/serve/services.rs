//! The engines of the server, shared by all clients, and a limited number of places for clients.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, unbounded};

use super::commands::ServedCommands;
use super::error::ServeError;
use super::figures::ServeFigures;
use super::live::session::LiveSession;
use super::live::settings::LiveSettings;
use super::pool::listener::{DetectorOpener, ListenHandle, ListenRequest, Listeners};
use super::pool::recogniser::{LoadReport, RecogniserOpener, Recognisers};
use super::pool::rest::RestRule;
use super::pool::voice::{NamedVoiceOpener, ServedVoice, SpeakRequest, Speaking};
use super::sessions::{SessionPlace, Sessions};
use crate::config::Config;
use crate::engine::kokoro;
use crate::engine::registry::{Files, SharedVads};
use crate::message::Offer;
use crate::model::Places;
use crate::runtime::assembly::{files, places};
use crate::runtime::recordings::RecordingAsr;
use crate::runtime::voices::VoiceCatalogue;
use crate::transcribe::segment::PauseLimit;

/// The engines behind the server, shared by all connections.
pub struct Services {
    /// The settings.
    pub config: Config,
    /// Counts and times.
    pub figures: ServeFigures,
    /// The clients that are served now.
    pub sessions: Sessions,
    /// Name of the recogniser's model.
    pub model: String,
    /// The voices that clients may name.
    pub voices: Vec<VoiceName>,
    /// The commands that clients may give, if any.
    pub commands: Option<Arc<ServedCommands>>,
    /// Held while the wake phrase is fitted, so that it is fitted once: later clients find the result on the disk.
    pub learning: Arc<Mutex<()>>,
    /// The pauses at which a recording is cut for the recogniser.
    pub pace: PauseLimit,
    listeners: Listeners,
    recognisers: Recognisers,
    voice: ServedVoice,
    rest: RestRule,
    /// Whether each engine has been loaded, or has failed to.
    reported: AtomicBool,
}

/// A voice that clients may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceName {
    /// Its name.
    pub name: String,
    /// What it is, such as `Piper`.
    pub what: String,
    /// Tag of its language, such as `en_US`.
    pub language: String,
    /// Names of its speakers; empty where it has one.
    pub speakers: Vec<String>,
}

impl VoiceName {
    /// The voices of `catalogue`.
    fn all(catalogue: &VoiceCatalogue) -> Vec<Self> {
        let mut speakers = catalogue.speakers();
        let offers = catalogue.offers("").into_iter();
        let named = offers.map(|offer| {
            let speakers = speakers.remove(&offer.name).unwrap_or_default();
            Self::of(offer, speakers)
        });
        named.collect()
    }

    fn of(offer: Offer, speakers: Vec<String>) -> Self {
        let Offer { name, what, .. } = offer;
        // Piper's names begin with the language (en_US-joe-medium). The names of espeak-ng are languages, some with a
        // variant (en-us+f5).
        let plain = name.split('+').next().unwrap_or_default();
        let own = if plain.contains('_') { plain.split('-').next().unwrap_or_default() } else { plain };
        let language = kokoro::tag(&name).unwrap_or(own).to_owned();
        Self { name, what, language, speakers }
    }
}

/// Reports and threads of the services, for their starter.
pub struct ServicesEnds {
    /// Load reports of the recognisers, one for each.
    pub ears: Receiver<LoadReport>,
    /// The load report of the voice.
    pub voice: Receiver<LoadReport>,
    /// Threads, which end when the services are dropped.
    pub threads: Vec<JoinHandle<()>>,
}

impl Services {
    /// Starts the threads of `config`; engines are loaded meanwhile.
    ///
    /// # Errors
    /// When a commands file is wrong, or the system refuses a thread.
    pub fn start(config: &Config) -> Result<(Self, ServicesEnds), ServeError> {
        let (serve, files, folders) = (&config.serve, files(config), places());
        let rule = RestRule::new(serve.keep_loaded_s);
        let ears = RecordingAsr::choose(config);
        let (pace, model) = (ears.pause_limit(), ears.model());
        let open_ears: Arc<RecogniserOpener> = Arc::new(move || ears.open());
        let (vads, vad_files) = (SharedVads::default(), files.clone());
        let open_vad: DetectorOpener = Box::new(move || vads.open(&vad_files));
        let ((ear_reports, ears_loaded), (voice_reports, voice_loaded)) = (unbounded(), unbounded());
        let (recognisers, mut threads) = Recognisers::start(&open_ears, serve.recognisers, &rule, &ear_reports)?;
        let (listeners, more) = Listeners::start(config, open_vad, recognisers.clone(), pace, serve.sessions, &rule)?;
        let open_voice = voice_opener(config, &files, &folders);
        let (voice, speaker) = ServedVoice::start(open_voice, serve.sessions, rule.clone(), voice_reports)?;
        threads.extend(more);
        threads.push(speaker);
        let services = Self {
            config: config.clone(),
            figures: ServeFigures::default(),
            sessions: Sessions::new(serve.sessions, serve.idle_time()),
            model,
            voices: VoiceName::all(&VoiceCatalogue::new(config, &files, &folders)),
            commands: ServedCommands::open(config)?.map(Arc::new),
            learning: Arc::default(),
            pace,
            listeners,
            recognisers,
            voice,
            rest: rule,
            reported: AtomicBool::new(false),
        };
        Ok((services, ServicesEnds { ears: ears_loaded, voice: voice_loaded, threads }))
    }

    /// Engines that are in memory now.
    pub fn engines(&self) -> usize {
        self.rest.loaded()
    }

    /// Transcribes a recording for the client that holds `place`.
    pub fn hear(&self, request: ListenRequest, place: SessionPlace) -> ListenHandle {
        self.listeners.hear(request, place)
    }

    /// Opens a live session for the client that holds `place`.
    pub fn live(&self, settings: LiveSettings, place: SessionPlace) -> LiveSession {
        self.listeners.live(settings, place)
    }

    /// Speaks a text; a client that speaks several in a row holds its place itself.
    pub fn speak(&self, request: SpeakRequest, place: Option<SessionPlace>) -> Speaking {
        self.voice.speak(request, place)
    }

    /// Notes that each engine has been loaded, or has failed to.
    pub fn loaded(&self) {
        self.reported.store(true, Ordering::Release);
    }

    /// Whether the engines have been loaded, and a recogniser works.
    pub fn ready(&self) -> bool {
        self.reported.load(Ordering::Acquire) && self.recognisers.working() > 0
    }
}

/// Opens the voices of `config` and those that are installed.
fn voice_opener(config: &Config, files: &Files, places: &Places) -> NamedVoiceOpener {
    let (config, files, places) = (config.clone(), files.clone(), places.clone());
    Box::new(move |name: &str, speed: f32| {
        let mut config = config.clone();
        config.tts.speed = (config.tts.speed * speed).clamp(0.5, 3.0);
        VoiceCatalogue::new(&config, &files, &places).open(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::speech_engine::{AsrEngine, TtsEngine};

    #[test]
    fn a_server_whose_only_recogniser_cannot_be_loaded_is_not_ready() {
        let mut config = Config::default();
        config.asr.engine = AsrEngine::Whisper;
        config.asr.model = "/nonexistent/whisper".into();
        config.tts.engine = TtsEngine::Espeak;
        let (services, ends) = Services::start(&config).unwrap();
        let reports: Vec<LoadReport> = ends.ears.iter().collect();
        assert!(reports.len() == 1 && reports[0].is_err(), "{reports:?}");
        services.loaded();
        assert!(!services.ready());
        drop(services);
        for thread in ends.threads {
            thread.join().unwrap();
        }
    }
}
