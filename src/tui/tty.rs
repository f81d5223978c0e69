//! The terminal under the screen: taken, drawn on by golem alone, and given back whatever happens.
//!
//! Golem draws on a handle of its own. Standard output goes where standard error goes meanwhile, so that no output of a
//! native library reaches the screen.

use std::fs::File;
use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::os::fd::AsFd;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, is_raw_mode_enabled,
};

use crate::engine::echo::guard;

/// Sets the terminal up for golem. [`leave`] undoes it.
fn enter(terminal: &mut impl Write, mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(terminal, EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse { execute!(terminal, EnableMouseCapture) } else { Ok(()) }
}

/// Undoes [`enter`], and ignores errors: on a terminal that is gone nothing can be done.
fn leave(terminal: &mut impl Write) {
    // Leaving the alternate screen also ends the requested reports of key releases.
    let _ = execute!(terminal, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// Gives the terminal back where the process is about to end without unwinding; does nothing when no screen is shown.
pub fn rescue() {
    if is_raw_mode_enabled().unwrap_or(false)
        && let Ok(mut terminal) = File::options().write(true).open("/dev/tty")
    {
        leave(&mut terminal);
    }
}

/// The terminal under standard output. What is written while it is given back is dropped.
#[derive(Clone, Debug)]
pub struct Tty(Arc<Mutex<Held>>);

#[derive(Debug)]
struct Held {
    terminal: File,
    /// Whether the mouse is wanted too.
    mouse: bool,
    /// Whether the screen is shown.
    on: bool,
}

impl Tty {
    fn new(mouse: bool) -> io::Result<Self> {
        let terminal = stdout().as_fd().try_clone_to_owned()?.into();
        Ok(Self(Arc::new(Mutex::new(Held { terminal, mouse, on: false }))))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes it for the screen. In the background this stops the process, until it is in the foreground again.
    fn take(&self) -> io::Result<()> {
        let mut held = self.held();
        let mouse = held.mouse;
        held.on = true;
        enter(&mut held.terminal, mouse)
    }

    /// Gives the terminal back once only: leaving the screen a second time would put the cursor back, over later
    /// output.
    fn give_back(&self) {
        let mut held = self.held();
        if std::mem::take(&mut held.on) {
            leave(&mut held.terminal);
        }
    }

    /// Says `text` below what is on the terminal.
    fn tell(&self, text: &str) {
        let _ = writeln!(self.held().terminal, "{text}");
    }
}

impl Write for Tty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.held();
        if held.on { held.terminal.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.held().terminal.flush()
    }
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// The terminal, taken; given back when dropped. A panic on any thread sets the stop flag and gives the terminal back,
/// before it is logged and printed there.
pub struct Taken {
    tty: Tty,
    failed: Arc<AtomicBool>,
    hook: Arc<Hook>,
}

impl Taken {
    /// Takes the terminal, and its mouse where that is wanted.
    ///
    /// # Errors
    /// When there is no terminal, or it is gone.
    pub fn new(stop: &Arc<AtomicBool>, mouse: bool) -> io::Result<Self> {
        let (tty, failed) = (Tty::new(mouse)?, Arc::new(AtomicBool::new(false)));
        let hook: Arc<Hook> = panic::take_hook().into();
        let (told, stop, until, seen) = (Arc::clone(&hook), Arc::clone(stop), tty.clone(), Arc::clone(&failed));
        panic::set_hook(Box::new(move |info| {
            if guard::inside() {
                return tracing::warn!("an echo canceller panics: {}", info.to_string().replace('\n', " "));
            }
            seen.store(true, Ordering::Relaxed);
            stop.store(true, Ordering::Relaxed);
            until.give_back();
            let reason = info.to_string().replace('\n', " ");
            tracing::error!("golem ends: {reason}");
            told(info);
            // Print the reason on the terminal too: the hook has printed to standard error, which goes elsewhere.
            if !stderr().is_terminal() {
                until.tell(&format!("golem: {reason}"));
            }
        }));
        let taken = Self { tty, failed, hook };
        taken.tty.take()?;
        divert()?;
        Ok(taken)
    }

    /// The terminal to draw on.
    pub fn tty(&self) -> Tty {
        self.tty.clone()
    }

    /// Whether some thread has panicked.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Gives the terminal back for a while.
    pub fn give_back(&self) {
        self.tty.give_back();
    }

    /// Takes it again, whatever was done to it meanwhile.
    ///
    /// # Errors
    /// When it is gone.
    pub fn take_again(&self) -> io::Result<()> {
        self.tty.give_back();
        self.tty.take()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.tty.give_back();
        // Ignore a failure: the terminal is gone then, and there is nowhere to report it.
        let _ = rustix::stdio::dup2_stdout(&self.tty.held().terminal);
        // Hooks cannot be changed while panicking.
        if !std::thread::panicking() {
            let hook = Arc::clone(&self.hook);
            panic::set_hook(Box::new(move |info| hook(info)));
        }
    }
}

/// Sends standard output to where standard error goes: to the log, or nowhere. Leaves it as it is if the size of the
/// terminal can only be read from it.
fn divert() -> io::Result<()> {
    if File::open("/dev/tty").is_err() {
        return Ok(());
    }
    let nowhere = File::options().write(true).open("/dev/null")?;
    Ok(if stderr().is_terminal() {
        rustix::stdio::dup2_stdout(&nowhere)
    } else {
        rustix::stdio::dup2_stdout(stderr())
    }?)
}
