//! A terminal of a test's own: a private tmux server with one window, in which a shell runs.

#![allow(dead_code)] // each test program uses its part

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for anything to appear on the screen: golem starts meanwhile, on a loaded machine.
const LIMIT: Duration = Duration::from_mins(1);
/// What the shell prints when it waits for a command.
pub const PROMPT: &str = "shell>";

/// A terminal with a shell. Dropping it hangs up.
pub struct Terminal {
    folder: tempfile::TempDir,
}

impl Terminal {
    /// A window of `columns` and `rows`, whose shell has `environment` too; `None`, with a printed reason, where tmux
    /// is not installed.
    pub fn start(columns: u16, rows: u16, environment: &[(&str, String)]) -> Option<Self> {
        let terminal = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let mut command = terminal.tmux(&["new-session", "-d", "-x", &columns.to_string(), "-y", &rows.to_string()]);
        // Use a plain shell, which leaves the terminal as golem left it. Shells that edit their lines would mend it.
        command.args(["sh", "-i"]).envs(environment.iter().map(|(name, value)| (*name, value)));
        command.env("PS1", format!("{PROMPT} ")).env("LC_ALL", "C.UTF-8");
        for name in ["ENV", "NO_COLOR", "TMUX"] {
            command.env_remove(name);
        }
        let Ok(started) = command.output() else {
            println!("skipped: no tmux");
            return None;
        };
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        terminal.until("the shell", |screen| screen.contains(PROMPT));
        Some(terminal)
    }

    fn tmux(&self, words: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.folder.path().join("tmux")).args(["-f", "/dev/null", "-u"]).args(words);
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.tmux(words).output().expect("tmux is there")
    }

    fn told(&self, words: &[&str]) -> String {
        String::from_utf8_lossy(&self.run(words).stdout).into_owned()
    }

    /// Types `text`, and Enter.
    pub fn enter(&self, text: &str) {
        self.run(&["send-keys", "-l", text]);
        self.key("Enter");
    }

    /// Types `text` and a line feed, which ends a line in every mode of a terminal.
    pub fn line(&self, text: &str) {
        self.run(&["send-keys", "-l", text]);
        self.key("C-j");
    }

    /// Types `text` on golem's input line: Enter opens it, and sends it.
    pub fn ask(&self, text: &str) {
        self.key("Enter");
        self.enter(text);
    }

    /// Presses a key by tmux's name for it, such as `C-z`.
    pub fn key(&self, name: &str) {
        self.run(&["send-keys", name]);
    }

    /// The text on the screen.
    pub fn screen(&self) -> String {
        self.told(&["capture-pane", "-p"])
    }

    /// Gives the window another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.run(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// Waits until the screen is as `wanted`, which `what` names; gives the screen.
    #[track_caller]
    pub fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(start.elapsed() < LIMIT, "no sign of {what}:\n{screen}");
            std::thread::yield_now();
        }
    }

    /// Process number of the shell.
    pub fn shell(&self) -> u32 {
        self.told(&["display-message", "-p", "#{pane_pid}"]).trim().parse().expect("a number")
    }

    /// Process number of the program that the shell has started.
    pub fn child(&self) -> Option<u32> {
        let shell = self.shell();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).ok()?;
        children.split_whitespace().next_back()?.parse().ok()
    }

    /// Sends a signal to the program that the shell has started.
    pub fn signal(&self, name: &str) {
        let child = self.child().expect("something runs").to_string();
        assert!(Command::new("kill").args(["-s", name, &child]).status().expect("kill is there").success());
    }

    /// Asserts that the terminal is as shells want it: lines, echo, a cursor, and the screen that was there before.
    #[track_caller]
    pub fn sane(&self) {
        let tty = self.told(&["display-message", "-p", "#{pane_tty}"]);
        let modes = Command::new("stty").args(["-a", "-F", tty.trim()]).output().expect("stty is there").stdout;
        let modes = String::from_utf8_lossy(&modes);
        let on = |mode: &str| modes.split_whitespace().any(|word| word == mode);
        assert!(["icanon", "echo", "isig", "icrnl", "opost"].into_iter().all(on), "{modes}");
        let flags = self.told(&["display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"]);
        assert_eq!(flags.trim(), "0 1 0", "alternate screen, cursor, mouse");
    }

    /// Closes the window under whatever runs in it.
    pub fn hang_up(&self) {
        self.run(&["kill-server"]);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]).output();
    }
}
