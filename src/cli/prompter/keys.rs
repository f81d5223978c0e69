//! The keys of the prompter, and the lines that other programs send it.

use std::io::{BufRead, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::Duration;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender, unbounded};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::dialog::prompting::cue::{PromptCue, PromptCues};
use crate::runtime::prompter::PrompterKey;

/// Interval of looking whether to end.
const PATIENCE: Duration = Duration::from_millis(100);

/// The mode in which the terminal delivers keys at once and does not print them, until this is dropped. Its output and
/// Ctrl-C stay as they are.
#[derive(Debug)]
pub struct KeyMode(Termios);

impl KeyMode {
    /// Begins the mode; `None` if standard input is not a terminal, or if the terminal refuses.
    pub fn begin() -> Option<Self> {
        let stdin = std::io::stdin();
        let kept = tcgetattr(&stdin).ok().filter(|_| stdin.is_terminal())?;
        let mut mode = kept.clone();
        mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Now, &mode).ok()?;
        Some(Self(kept))
    }
}

impl Drop for KeyMode {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0); // a terminal that is gone has no mode
    }
}

/// Keys of the terminal where there is one, otherwise lines of standard input; until `ended` is set.
///
/// # Errors
/// When no thread can be started.
pub fn listen(keyed: bool, ended: &Arc<AtomicBool>) -> Result<Receiver<PrompterKey>> {
    let (pressed, keys) = unbounded();
    let ended = Arc::clone(ended);
    let work = move || if keyed { read_keys(&pressed, &ended) } else { read_lines(&pressed) };
    // The thread ends with the process: a read of standard input cannot be cancelled.
    Builder::new().name("golem-keys".into()).spawn(work).context("no thread can be started")?;
    Ok(keys)
}

fn read_keys(pressed: &Sender<PrompterKey>, ended: &AtomicBool) {
    while !ended.load(Ordering::SeqCst) {
        let key = match event::poll(PATIENCE) {
            Ok(false) => continue,
            Ok(true) => event::read(),
            Err(error) => Err(error),
        };
        match key {
            Ok(Event::Key(key)) => {
                if let Some(key) = of_key(&key)
                    && pressed.send(key).is_err()
                {
                    return;
                }
            }
            Ok(_) => {}
            Err(_) => return, // the terminal is gone
        }
    }
}

fn read_lines(pressed: &Sender<PrompterKey>) {
    let cues = PromptCues::default();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let key = match line.trim() {
            "quit" => Some(PrompterKey::Quit),
            line => cues.of(line).map(PrompterKey::Turn),
        };
        if key.is_some_and(|key| pressed.send(key).is_err()) {
            return;
        }
    }
}

/// The action of a key; presenters send Page Up and Page Down.
fn of_key(key: &KeyEvent) -> Option<PrompterKey> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    match key.code {
        KeyCode::Char(' ' | 'n') | KeyCode::Enter | KeyCode::Right | KeyCode::Down | KeyCode::PageDown => {
            Some(PrompterKey::Turn(PromptCue::Next))
        }
        KeyCode::Char('b' | 'p') | KeyCode::Left | KeyCode::Up | KeyCode::PageUp | KeyCode::Backspace => {
            Some(PrompterKey::Turn(PromptCue::Back))
        }
        KeyCode::Char('q') | KeyCode::Esc => Some(PrompterKey::Quit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyModifiers;

    use super::*;

    #[test]
    fn presenters_and_keyboards_turn_pages() {
        let key = |code| of_key(&KeyEvent::new(code, KeyModifiers::NONE));
        assert_eq!(key(KeyCode::PageDown), Some(PrompterKey::Turn(PromptCue::Next)));
        assert_eq!(key(KeyCode::Left), Some(PrompterKey::Turn(PromptCue::Back)));
        assert_eq!((key(KeyCode::Char('q')), key(KeyCode::Char('x'))), (Some(PrompterKey::Quit), None));
    }
}
