//! `golem`: hands-free conversation with a microphone and a loudspeaker, here or in a golem that runs already.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, never, select};

use super::process;
use crate::config::Config;
use crate::control::attached::Attached;
use crate::control::client::Client;
use crate::control::{Mode, Request, Update};
use crate::runtime::engines::ConfiguredEngines;
use crate::runtime::service::{self, Load, Service, ServiceChannels, UPDATES};
use crate::runtime::stderr::Redirected;
use crate::tui;

/// Talks, and serves the socket at `path` meanwhile; with `elsewhere`, shows the golem that runs there. `load` reads
/// the settings again. The session is recorded into the folder `record`, if there is one.
pub fn run(
    config: &Config,
    elsewhere: Option<Client>,
    (path, record, load): (&Path, Option<&Path>, Load),
    plain: bool,
    json: bool,
) -> Result<()> {
    let stop = super::interrupted();
    let log = process::open_log();
    let _redirected = log.as_ref().and_then(Redirected::to);
    let (screen_in, screen) = bounded(UPDATES);
    if let Some(client) = elsewhere {
        let attached = Attached::start(client, screen_in)?;
        let requests = attached.requests().context("golem has hung up")?;
        return show(config, screen, requests, stop, tui::SoundPlace::Elsewhere, plain, json);
    }
    let engines = Arc::new(ConfiguredEngines);
    let (service, ends) =
        Service::start(config.clone(), load, engines, service::socket(path), record, &mut super::settings::warn)?;
    let requests = ends.requests.clone();
    let (shown, leaving) = bounded::<()>(0);
    std::thread::scope(move |scope| {
        let quit = Arc::clone(&stop);
        let share = move || share(service, ends, screen_in, &leaving, &quit);
        Builder::new().name("golem-share".into()).spawn_scoped(scope, share).context("the system refused a thread")?;
        let outcome = show(config, screen, requests, stop, tui::SoundPlace::Here, plain, json);
        // Closing the channel makes the other thread end golem; the scope waits for it.
        drop(shown);
        outcome
    })
}

/// Sends updates to the screen and to all clients that follow at the socket until the screen is left; then ends golem.
fn share(
    mut service: Service,
    ends: ServiceChannels,
    screen: Sender<Update>,
    leaving: &Receiver<()>,
    quit: &AtomicBool,
) {
    let mut screen = Some(screen);
    let mut updates = ends.updates.clone();
    loop {
        select! {
            recv(updates) -> update => if let Ok(update) = update {
                service.take(&update);
                screen = screen.filter(|screen| pass(screen, update));
            } else {
                // Close the socket, because golem cannot go on. The screen stays until the person has read the error.
                service.hang_up();
                (screen, updates) = (None, never());
            },
            recv(ends.process) -> request => {
                if request.is_ok_and(|request| service.run(request)) {
                    quit.store(true, Ordering::Relaxed);
                }
            },
            recv(leaving) -> _ => break,
        }
    }
    drop((screen, updates));
    service.end(ends);
}

/// Passes an update to the screen without waiting; false when the screen is gone.
fn pass(screen: &Sender<Update>, update: Update) -> bool {
    match screen.try_send(update) {
        Ok(()) | Err(TrySendError::Full(Update::Level(_) | Update::Spoken { .. })) => true,
        Err(TrySendError::Full(update)) => {
            tracing::warn!("the screen did not take {update:?}");
            true
        }
        Err(TrySendError::Disconnected(_)) => false,
    }
}

fn show(
    config: &Config,
    updates: Receiver<Update>,
    requests: Sender<Request>,
    stop: Arc<AtomicBool>,
    sound: tui::SoundPlace,
    plain: bool,
    json: bool,
) -> Result<()> {
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if plain || json || dumb || !std::io::stdout().is_terminal() {
        tui::run_plain(updates, requests, stop, json)?;
    } else {
        let mode = if sound == tui::SoundPlace::Here { config.intents.mode() } else { Mode::Chat };
        tui::run(updates, requests, stop, config.screen, mode, sound)?;
    }
    Ok(())
}
