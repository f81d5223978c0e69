//! The suspension by Ctrl-Z: golem is muted, gives the terminal back and stops. When it goes on, all of that is undone.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use rustix::process::{Pid, Signal, getpgid, getpgrp, getppid, getsid, kill_current_process_group};
use signal_hook::consts::{SIGCONT, SIGTSTP};

use super::app::App;
use super::tty::Taken;
use crate::control::{Request, Update};

/// Time for the voice to fade and for what the sound system still holds of it to be played.
const QUIET: Duration = Duration::from_millis(300);
/// Time for what was heard meanwhile to be thrown away, before golem listens again.
const SETTLE: Duration = Duration::from_millis(500);
/// Longest time from the request to stop to the stop itself.
const STOPPING: Duration = Duration::from_secs(1);
/// Interval of looking whether golem goes on.
const LOOK: Duration = Duration::from_millis(10);

/// Where golem hears and speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundPlace {
    /// In this process: it stops when the screen does.
    Here,
    /// In another one, which goes on.
    Elsewhere,
}

/// The suspension of golem, and its end.
#[derive(Debug)]
pub struct Suspension {
    sound: SoundPlace,
    asked: Arc<AtomicBool>,
    resumed: Arc<AtomicBool>,
    /// When to listen again.
    listen: Option<Instant>,
}

impl Suspension {
    /// Watches for the signals to stop and to go on.
    ///
    /// # Errors
    /// When the system does not deliver them.
    pub fn new(sound: SoundPlace) -> io::Result<Self> {
        let (asked, resumed) = (Arc::default(), Arc::default());
        signal_hook::flag::register(SIGTSTP, Arc::clone(&asked))?;
        signal_hook::flag::register(SIGCONT, Arc::clone(&resumed))?;
        Ok(Self { sound, asked, resumed, listen: None })
    }

    /// Takes Ctrl-Z; false for every other event.
    pub fn takes(&self, event: &Event) -> bool {
        let Event::Key(key) = event else { return false };
        let pressed = key.kind != KeyEventKind::Release && key.modifiers == KeyModifiers::CONTROL;
        let mine = pressed && key.code == KeyCode::Char('z');
        if mine {
            self.asked.store(true, Ordering::Relaxed);
        }
        mine
    }

    /// Stops where that was asked for, and does what is due after it; true when the whole screen is to be drawn anew.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn look(
        &mut self,
        app: &mut App,
        updates: &Receiver<Update>,
        requests: &Sender<Request>,
        taken: &Taken,
    ) -> io::Result<bool> {
        if self.asked.swap(false, Ordering::Relaxed) {
            if !shell_waits() {
                app.notice("Ctrl-Z: there is no shell to go back to");
                return Ok(false);
            }
            let listening = self.fall_silent(app, updates, requests);
            self.stop(taken)?;
            self.listen = listening.then(|| Instant::now() + SETTLE);
            return Ok(true);
        }
        if self.resumed.swap(false, Ordering::Relaxed) {
            // Take the terminal again: a signal that cannot be caught stopped golem, and the shell had the terminal
            // meanwhile.
            taken.take_again()?;
            return Ok(true);
        }
        if self.listen.is_some_and(|at| at <= Instant::now()) {
            self.listen = None;
            // If golem is too busy for the request, it stays muted, and the screen shows that.
            let _ = requests.try_send(Request::Unmute);
        }
        Ok(false)
    }

    /// Interrupts speech and stops listening; returns whether golem was listening.
    fn fall_silent(&self, app: &mut App, updates: &Receiver<Update>, requests: &Sender<Request>) -> bool {
        if self.sound == SoundPlace::Elsewhere {
            return false;
        }
        // Count a planned end of muting as listening: golem may be stopped a second time before it is due.
        let listening = !app.muted || self.listen.is_some();
        let _ = requests.try_send(Request::Stop);
        let _ = requests.try_send(Request::Mute);
        let end = Instant::now() + QUIET;
        while let Ok(update) = updates.recv_deadline(end) {
            app.update(update);
        }
        listening
    }

    /// Stops the process, and everything that was started with it, until it goes on.
    fn stop(&self, taken: &Taken) -> io::Result<()> {
        tracing::info!("golem is suspended");
        taken.give_back();
        self.resumed.store(false, Ordering::Relaxed);
        let stopped = kill_current_process_group(Signal::STOP);
        // Wait for the stop: the signal may reach another thread first.
        let (end, tick) = (Instant::now() + STOPPING, crossbeam_channel::tick(LOOK));
        while stopped.is_ok() && !self.resumed.swap(false, Ordering::Relaxed) && Instant::now() < end {
            // If a tick fails to come, wait all the same: golem must not go on without a terminal.
            let _ = tick.recv();
        }
        taken.take_again()?;
        tracing::info!("golem goes on");
        Ok(())
    }
}

/// Whether some process can resume golem: a process of the same session, but of another group, above the processes of
/// golem's own group. Without one, a stopped process never resumes.
fn shell_waits() -> bool {
    let Ok(session) = getsid(None) else { return false };
    let mut above = getppid();
    while let Some(pid) = above {
        if getsid(Some(pid)) != Ok(session) {
            return false;
        }
        if getpgid(Some(pid)) != Ok(getpgrp()) {
            return true;
        }
        above = parent(pid);
    }
    false
}

/// The parent of a process, from the fourth field of its `stat`; the second, its name, may hold anything.
fn parent(pid: Pid) -> Option<Pid> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let number = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    Pid::from_raw(number)
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyEvent;

    use super::*;
    use crate::config::screen::Space;
    use crate::control::Mode;
    use crate::tui::theme::Theme;

    #[test]
    fn only_control_and_z_together_stop_golem() {
        let suspension =
            Suspension { sound: SoundPlace::Here, asked: Arc::default(), resumed: Arc::default(), listen: None };
        let event = |letter, modifiers| Event::Key(KeyEvent::new(KeyCode::Char(letter), modifiers));
        assert!(!suspension.takes(&event('z', KeyModifiers::NONE)));
        assert!(!suspension.takes(&event('x', KeyModifiers::CONTROL)));
        // AltGr arrives as Control with Alt on some systems, and types characters.
        assert!(!suspension.takes(&event('z', KeyModifiers::CONTROL | KeyModifiers::ALT)));
        assert!(!suspension.asked.load(Ordering::Relaxed));
        assert!(suspension.takes(&event('z', KeyModifiers::CONTROL)));
        assert!(suspension.asked.load(Ordering::Relaxed));
    }

    #[test]
    fn the_parent_of_this_process_is_found_in_its_stat() {
        let own = rustix::process::getpid();
        assert_eq!(parent(own), getppid());
    }

    #[test]
    fn golem_falls_silent_before_it_stops_unless_it_speaks_elsewhere() {
        let (updates_in, updates) = crossbeam_channel::bounded(1);
        let (commands_in, requests) = crossbeam_channel::bounded(4);
        drop(updates_in);
        let mut app = App::new(Theme::Dark, Space::Mute, Mode::Chat);
        let suspension = |sound| Suspension { sound, asked: Arc::default(), resumed: Arc::default(), listen: None };
        assert!(!suspension(SoundPlace::Elsewhere).fall_silent(&mut app, &updates, &commands_in));
        assert!(requests.is_empty());
        assert!(suspension(SoundPlace::Here).fall_silent(&mut app, &updates, &commands_in));
        assert_eq!(requests.try_iter().collect::<Vec<_>>(), [Request::Stop, Request::Mute]);
        app.muted = true;
        assert!(!suspension(SoundPlace::Here).fall_silent(&mut app, &updates, &commands_in));
    }
}
