//! The satellite of Home Assistant: golem's microphone, loudspeaker, barge-in and wake phrase, with Home Assistant in
//! place of golem's own recogniser, language model and voice.
//!
//! `machine` decides what an event means and which reply (`sent`) it belongs to. In `link` meet the task of the
//! connection and the threads of the [`asr`], the [`llm`] and the [`tts`].

mod asr;
mod connection;
mod info;
mod link;
mod llm;
mod machine;
mod sent;
mod server;
#[cfg(test)]
mod streamed_tests;
#[cfg(test)]
mod tests;
mod tts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use self::asr::SatelliteTranscriber;
use self::link::SatelliteLink;
use self::llm::SatelliteChat;
use self::tts::SatelliteSynthesizer;
use crate::config::network::IpNetwork;
use crate::config::{AsrConfig, Config, LlmConfig, TtsConfig};
use crate::engine::registry::{ChosenEngine, Files, Sentences};
use crate::engine::{Chat, EngineError, Synthesizer, Transcriber, anywhere};
use crate::message::{Note, Request};
use crate::phrases::Language;
use crate::runtime::engines::EngineSource;
use crate::serve::accept::{accept, is_served};
use crate::serve::admission;
use crate::serve::error::ServeError;
use crate::serve::sockets;
use crate::serve::zeroconf::{self, Announcement};

/// The usual port of satellites.
pub const PORT: u16 = 10_700;
/// Most connections at a time; more are hung up on.
const CONNECTIONS: usize = 16;
/// Interval of ticks, and the ticks without sound after which a dropped utterance is ended: a second.
const TICK: Duration = Duration::from_millis(250);
const TICKS: u32 = 4;
/// Reason that is shown for the choice of these engines.
const WHY: &str = "golem is its satellite";

/// A satellite that listens for Home Assistant. Dropping it ends the connections.
pub struct Satellite {
    /// The address on which it listens.
    pub address: SocketAddr,
    link: Arc<SatelliteLink>,
    /// The wake phrase; empty for none.
    phrase: String,
    language: Language,
    /// Whether golem waits for the phrase.
    waits: bool,
    runtime: Option<Runtime>,
    _announcement: Option<Announcement>,
}

impl Satellite {
    /// Listens at `place`: an address, an address and a port, or a port of this machine. `config` says who may connect
    /// from elsewhere, and whether the satellite is announced to the network.
    ///
    /// # Errors
    /// When the settings would let strangers in, or the port is taken.
    pub fn start(place: &str, config: &Config) -> Result<Self, ServeError> {
        let serve = &config.serve;
        let listener = sockets::satellite(wanted(place)?, serve)?;
        let address = listener.local_addr()?;
        let announcement = serve.zeroconf.then(|| Announcement::start("golem-satellite", address)).transpose()?;
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("golem-satellite").enable_all().build()?;
        let link = SatelliteLink::new();
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(listen(listener, Arc::clone(&link), serve.wyoming_allow.clone()));
        Ok(Self {
            address,
            link,
            phrase: config.wake.phrase.trim().to_owned(),
            language: Language::or_english(&config.tts.language),
            waits: false,
            runtime: Some(runtime),
            _announcement: announcement,
        })
    }

    /// Settings of a golem that is a satellite: Home Assistant decides what is a command, and does not hear the wake
    /// phrase.
    #[must_use]
    pub fn settings(mut config: Config) -> Config {
        (config.intents.enabled, config.intents.only, config.wake.confirm) = (false, false, false);
        config
    }

    /// The engines of Home Assistant.
    pub fn engines(&self) -> Arc<dyn EngineSource> {
        Arc::new(SatelliteEngines(Arc::clone(&self.link)))
    }

    /// Sends requests to speak Home Assistant's announcements to `requests`.
    pub fn announce_at(&self, requests: Sender<Request>) {
        self.link.announce_at(requests, self.language);
    }

    /// Takes a note of the dialogue: Home Assistant waits for the report that a reply was heard, and counts wake phrases.
    pub fn observe(&mut self, note: &Note) {
        match note {
            Note::Heard { .. } => self.link.heard(),
            Note::Waiting { on } => self.waits = *on,
            // Only the phrase begins an utterance of a golem that waits for it.
            Note::SpeechStart { .. } if self.waits => self.link.called(&self.phrase),
            _ => {}
        }
    }
}

impl Drop for Satellite {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The address that `place` means.
fn wanted(place: &str) -> Result<SocketAddr, ServeError> {
    let place = place.trim();
    if let Ok(port) = place.parse() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    admission::address(place, PORT).map_err(|_| ServeError::SatelliteAddress { place: place.into() })
}

/// Takes connections until the runtime ends.
async fn listen(listener: TcpListener, link: Arc<SatelliteLink>, allowed: Vec<IpNetwork>) {
    let host = zeroconf::host();
    let (mut connections, mut number) = (JoinSet::new(), 0_u64);
    let mut ticks = tokio::time::interval(TICK);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            Some(_) = connections.join_next() => continue,
            _ = ticks.tick() => {
                link.tick(TICKS);
                continue;
            }
        };
        if !is_served(&stream, peer, &allowed, (connections.len(), CONNECTIONS)) {
            continue;
        }
        // Send without delay: pieces of the microphone are small, and a person waits for the answer.
        let _ = stream.set_nodelay(true);
        number += 1;
        let (link, host) = (Arc::clone(&link), host.clone());
        connections.spawn(async move {
            if let Err(error) = connection::attend(stream, number, &link, &host).await {
                tracing::debug!("{peer}: {error}");
            }
        });
    }
}

/// The recogniser, language model and voice of Home Assistant.
struct SatelliteEngines(Arc<SatelliteLink>);

impl SatelliteEngines {
    fn chosen<T: ?Sized>(engine: Box<T>) -> ChosenEngine<T> {
        ChosenEngine { engine, why: WHY.into() }
    }
}

impl EngineSource for SatelliteEngines {
    fn asr(
        &self,
        config: &AsrConfig,
        _: &Files,
        _: Option<&Sentences>,
    ) -> Result<ChosenEngine<dyn Transcriber>, EngineError> {
        let patience = Duration::from_millis(config.whole_ms);
        Ok(Self::chosen(Box::new(SatelliteTranscriber::new(Arc::clone(&self.0), patience))))
    }

    fn llm(&self, _: &LlmConfig, _: &Files) -> Result<ChosenEngine<dyn Chat>, EngineError> {
        Ok(Self::chosen(Box::new(SatelliteChat::new(Arc::clone(&self.0)))))
    }

    fn tts(&self, config: &TtsConfig, files: &Files) -> Result<ChosenEngine<dyn Synthesizer>, EngineError> {
        let (own, own_files) = (config.clone(), files.clone());
        let local = Box::new(move || anywhere::voice(&own, &own_files, Instant::now).map(|own| own.engine));
        Ok(Self::chosen(Box::new(SatelliteSynthesizer::new(Arc::clone(&self.0), config, local))))
    }

    fn exchangeable(&self) -> bool {
        false
    }

    fn leaves_out_call(&self) -> bool {
        true
    }
}
