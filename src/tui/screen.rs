//! The loop of the screen: keys and updates in, and a drawing when something changed.

use std::io::{self, BufWriter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, never, select, unbounded};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    self, Event, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use ratatui::crossterm::execute;
use ratatui::layout::Rect;

use super::TuiError;
use super::app::{App, KeyEffect, Redraw};
use super::render::draw;
use super::save::save;
use super::suspend::{SoundPlace, Suspension};
use super::theme::Theme;
use super::tty::{Taken, Tty};
use crate::config::screen::ScreenConfig;
use crate::control::{Mode, Request, Update};

/// Shortest time between two drawings: 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// Shortest time between two drawings when only the meters moved.
const METER: Duration = Duration::from_millis(100);
/// Interval of looking at the stop flag while nothing happens.
const LOOK: Duration = Duration::from_millis(250);
/// Longest wait for the end of the reader of keys.
const PARTING: Duration = Duration::from_secs(1);

/// Shows golem, which takes words as `mode` says and sounds here or elsewhere, on the terminal until the person quits,
/// `stop` is set or golem ends.
///
/// # Errors
/// When the terminal cannot be used, with [`TuiError::Fatal`] when golem could not go on, and with
/// [`TuiError::Panicked`] when a part of it failed.
#[allow(clippy::needless_pass_by_value)] // the ends of the channels are handed over: they close on return
pub fn run(
    updates: Receiver<Update>,
    requests: Sender<Request>,
    stop: Arc<AtomicBool>,
    screen: ScreenConfig,
    mode: Mode,
    sound: SoundPlace,
) -> Result<(), TuiError> {
    let mut app = App::new(Theme::of_environment(screen.colors), screen.space, mode);
    let shown = {
        let taken = Taken::new(&stop, screen.mouse).map_err(TuiError::Terminal)?;
        let reader = KeyReader::start().map_err(TuiError::Terminal)?;
        let mut suspension = Suspension::new(sound).map_err(TuiError::Terminal)?;
        let shown = show(&mut app, updates, &requests, &reader.events, &stop, &taken, &mut suspension);
        if taken.failed() { Err(TuiError::Panicked) } else { shown.map_err(TuiError::Terminal) }
    };
    if let Err(error) = &shown {
        tracing::error!("golem ends: {error}");
    }
    match app.fatal() {
        Some(reason) if shown.is_ok() => Err(TuiError::Fatal(reason.into())),
        _ => shown,
    }
}

fn show(
    app: &mut App,
    mut updates: Receiver<Update>,
    requests: &Sender<Request>,
    events: &Receiver<io::Result<Event>>,
    stop: &AtomicBool,
    taken: &Taken,
    suspension: &mut Suspension,
) -> io::Result<()> {
    let mut terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(taken.tty())))?;
    let mut pace = DrawPace::default();
    let mut told = false;
    while !stop.load(Ordering::Relaxed) {
        if suspension.look(app, &updates, requests, taken)? {
            told = false;
            redraw(&mut terminal)?;
            pace.changed(Redraw::Content);
        }
        if app.wants_releases() != told {
            told = !told;
            tell_releases(&mut taken.tty(), told)?;
        }
        if pace.due(Instant::now()) {
            terminal.draw(|frame| draw(app, frame))?;
            pace.drawn(Instant::now());
        }
        select! {
            recv(events) -> event => match event {
                Ok(Ok(event)) if suspension.takes(&event) => {}
                Ok(event) => match handle(app, event?) {
                    Some(KeyEffect::Quit) => return Ok(()),
                    Some(KeyEffect::Redraw) => redraw(&mut terminal)?,
                    Some(KeyEffect::Send(command)) => send(app, requests, command),
                    Some(KeyEffect::Save(name)) => {
                        let told = save(app.log(), &name);
                        app.notice(told);
                    }
                    None => {}
                },
                Err(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            },
            recv(updates) -> update => match update {
                Ok(update) => {
                    pace.changed(app.update(update));
                    continue;
                }
                // Keep the screen until the person has read the error.
                Err(_) if app.fatal().is_some() => updates = never(),
                Err(_) => return Ok(()),
            },
            default(pace.wait(Instant::now())) => continue,
        }
        pace.changed(Redraw::Content);
    }
    Ok(())
}

/// Has everything drawn anew. (`Terminal::clear` asks the terminal where its cursor is, and the reader of keys gets the
/// answer.)
fn redraw(terminal: &mut Terminal<CrosstermBackend<BufWriter<Tty>>>) -> io::Result<()> {
    let size: Rect = terminal.size()?.into();
    terminal.resize(size)
}

/// Turns the terminal's reports of key releases on or off. A terminal without such reports ignores this.
fn tell_releases(tty: &mut Tty, on: bool) -> io::Result<()> {
    if on {
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
            | KeyboardEnhancementFlags::REPORT_EVENT_TYPES
            | KeyboardEnhancementFlags::REPORT_ALTERNATE_KEYS
            | KeyboardEnhancementFlags::REPORT_ALL_KEYS_AS_ESCAPE_CODES;
        execute!(tty, PushKeyboardEnhancementFlags(flags))
    } else {
        execute!(tty, PopKeyboardEnhancementFlags)
    }
}

fn handle(app: &mut App, event: Event) -> Option<KeyEffect> {
    match event {
        Event::Key(key) => return app.key(key),
        Event::Mouse(mouse) => return app.mouse(mouse),
        Event::Paste(text) => app.paste(&text),
        _ => {}
    }
    None
}

fn send(app: &mut App, requests: &Sender<Request>, command: Request) {
    // Do not wait: a screen that waits for golem cannot be left.
    if let Err(TrySendError::Full(_)) = requests.try_send(command) {
        app.notice("golem is too busy to take that; try again");
    }
}

/// The pace of drawing: at once after a pause, then at most so often.
#[derive(Debug)]
struct DrawPace {
    change: Redraw,
    last: Option<Instant>,
}

impl Default for DrawPace {
    fn default() -> Self {
        Self { change: Redraw::Content, last: None }
    }
}

impl DrawPace {
    fn changed(&mut self, change: Redraw) {
        self.change = self.change.max(change);
    }

    fn drawn(&mut self, now: Instant) {
        *self = Self { change: Redraw::Nothing, last: Some(now) };
    }

    /// Time until the next drawing, or until the stop flag is looked at.
    fn wait(&self, now: Instant) -> Duration {
        let gap = match self.change {
            Redraw::Nothing => return LOOK,
            Redraw::Meter => METER,
            Redraw::Content => FRAME,
        };
        self.last.map_or(Duration::ZERO, |last| (last + gap).saturating_duration_since(now))
    }

    fn due(&self, now: Instant) -> bool {
        self.wait(now).is_zero()
    }
}

/// The thread that reads keys.
struct KeyReader {
    events: Receiver<io::Result<Event>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl KeyReader {
    fn start() -> io::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let (sender, events) = unbounded();
        let flag = Arc::clone(&over);
        let thread = Builder::new().name("golem-keys".into()).spawn(move || {
            while !flag.load(Ordering::Relaxed) {
                let event = match event::poll(LOOK) {
                    Ok(false) => continue,
                    Ok(true) => event::read(),
                    Err(error) => Err(error),
                };
                let failed = event.is_err();
                if sender.send(event).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Self { events, over, thread: Some(thread) })
    }
}

impl Drop for KeyReader {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Do not wait for ever: the reader of a terminal that has hung up never ends, but golem must.
        let end = Instant::now() + PARTING;
        while self.events.recv_deadline(end).is_ok() {}
        if let Some(thread) = self.thread.take()
            && Instant::now() < end
        {
            // The panic hook has shown a panic of the reader.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_drawn_30_times_a_second_and_meters_10_times() {
        let start = Instant::now();
        let mut pace = DrawPace::default();
        assert!(pace.due(start));
        pace.drawn(start);
        assert_eq!(pace.wait(start), LOOK);
        pace.changed(Redraw::Meter);
        assert_eq!(pace.wait(start), METER);
        pace.changed(Redraw::Content);
        pace.changed(Redraw::Meter);
        assert_eq!(pace.wait(start), FRAME);
        assert!(pace.due(start + FRAME));
    }
}
