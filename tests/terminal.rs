//! The screen in a real terminal: typed at, resized, suspended, ended, hung up on, and failing. Whatever happens, the
//! shell gets its terminal back, the sound stops and the log says why.
//!
//! Nothing sleeps: each step waits for what the screen, the sound server or the process shows.

#[path = "common/live.rs"]
mod live;
#[path = "common/pulse.rs"]
mod pulse;
#[path = "common/tmux.rs"]
mod tmux;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use golem::config::Config;
use golem::control::Mode;
use golem::tui;
use live::{missing, root};
use pulse::Server;
use tmux::{PROMPT, Terminal};

/// Longest time from the loss of the terminal to the end of golem.
const ENDING: Duration = Duration::from_secs(3);
/// Bytes of half a second of the recorded sound: 16 kHz, mono, 16 bits.
const HALF_SECOND: usize = 16_000;
/// What the child of a test is to do; set only in it.
const CHILD: &str = "GOLEM_TEST_TERMINAL_CHILD";

/// A terminal whose shell finds golem's settings and a sound server; `None`, with a printed reason, where something is
/// missing.
fn place() -> Option<(Server, Terminal)> {
    if let Some(why) = missing() {
        println!("skipped: {why}");
        return None;
    }
    let server = Server::start(&["sink_name=speaker", "sink_name=person"])?;
    let config = server.folder().join("golem.toml");
    let llm = root().join("models/starter/brain.gguf");
    let text = format!(
        "[audio]\ninput = \"person.monitor\"\noutput = \"speaker\"\n[asr]\nengine = \"sphinx\"\n[tts]\nengine = \"espeak\"\n\
         speed = 0.5\n[llm]\nmodel = \"{}\"\ntemperature = 0\n",
        llm.display()
    );
    std::fs::write(&config, text).unwrap();
    let folder = server.folder().display().to_string();
    let environment = [
        ("PULSE_SERVER", server.address()),
        ("XDG_RUNTIME_DIR", folder.clone()),
        ("XDG_STATE_HOME", folder),
        ("GOLEM_CONFIG", config.display().to_string()),
        ("GOLEM_HOME", root().display().to_string()),
        ("GOLEM_LOG", "info,pulseaudio=off".into()),
    ];
    let terminal = Terminal::start(100, 30, &environment)?;
    Some((server, terminal))
}

/// Starts golem and waits until it listens.
fn start(terminal: &Terminal) -> String {
    terminal.enter(env!("CARGO_BIN_EXE_golem"));
    idle(terminal)
}

fn idle(terminal: &Terminal) -> String {
    terminal.until("IDLE", |screen| screen.contains("IDLE") && !screen.contains("loading") && screen.contains("q quit"))
}

fn log(server: &Server) -> String {
    std::fs::read_to_string(server.folder().join("golem/golem.log")).unwrap_or_default()
}

/// The largest sample of the next half second that golem plays.
fn loudest(server: &Server) -> u16 {
    let words = ["--device=speaker.monitor", "--rate=16000", "--channels=1", "--format=s16le", "--latency-msec=20"];
    let mut recorder = server.client("parec").args(words).stdout(Stdio::piped()).spawn().expect("parec is there");
    let mut sound = vec![0; HALF_SECOND];
    recorder.stdout.take().expect("piped").read_exact(&mut sound).expect("a monitor never ends");
    let _ = recorder.kill();
    let _ = recorder.wait();
    sound.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs()).max().unwrap_or(0)
}

/// Plays a recording into golem's microphone.
fn play(server: &Server, name: &str) {
    let path = root().join("fixtures/audio").join(name);
    let played = server.client("paplay").arg("--device=person").arg(path).status();
    assert!(played.expect("paplay is there").success());
}

/// Stops golem by `stop`, does `meanwhile` in the shell, and lets golem go on.
fn suspended(terminal: &Terminal, stop: impl Fn(), meanwhile: impl Fn()) {
    terminal.key("C-l");
    stop();
    terminal.until("the shell", |screen| screen.contains("Stopped") && screen.trim_end().ends_with(PROMPT));
    meanwhile();
    // End the line with a line feed, which works even if golem left the terminal as it was.
    terminal.line("clear; fg");
    idle(terminal);
}

#[test]
fn a_session_from_the_first_key_to_the_signal_that_ends_it() {
    let Some((server, terminal)) = place() else { return };
    start(&terminal);
    terminal.ask("What is the opposite of thin?");
    terminal.until("the answer", |screen| {
        screen.contains("opposite of thin?") && screen.to_lowercase().matches("thick").count() > 0
    });
    for (columns, rows) in [(40, 10), (200, 50), (100, 30)] {
        terminal.resize(columns, rows);
        let wide = usize::from(columns) - 10;
        let fits = |screen: &str| screen.lines().any(|line| line.chars().count() > wide);
        terminal
            .until("the whole screen", |screen| fits(screen) && screen.contains("q quit") && screen.contains("IDLE"));
    }

    // In the middle of a sentence, no sound goes on, and what is said meanwhile is not heard.
    terminal.ask("Tell me a story");
    terminal.until("the story", |screen| screen.contains("SPEAKING"));
    assert!(loudest(&server) > 0, "golem does not sound");
    let heard = |screen: &str| screen.contains("count") || screen.contains("LISTENING");
    let silent = || {
        terminal.sane();
        assert_eq!(loudest(&server), 0, "golem is stopped and speaks");
        play(&server, "count-to-ten.wav");
    };
    suspended(&terminal, || terminal.key("C-z"), silent);
    assert!(!heard(&terminal.screen()), "{}", terminal.screen());
    suspended(&terminal, || terminal.signal("TSTP"), || terminal.sane());
    // SIGSTOP comes without warning: golem cannot restore the terminal, but it finds its way back.
    suspended(&terminal, || terminal.signal("STOP"), || {});
    // Golem listens again.
    terminal.until("open ears", |screen| {
        play(&server, "count-to-ten.wav");
        heard(screen) || heard(&terminal.screen())
    });

    terminal.signal("TERM");
    terminal.until("the shell", |screen| screen.trim_end().ends_with(PROMPT));
    terminal.sane();
    terminal.enter("echo status $?");
    terminal.until("the status", |screen| screen.contains("status 0"));
    assert!(log(&server).contains("golem ends: it was told to (SIGTERM)"), "{}", log(&server));
}

#[test]
fn what_libraries_print_is_in_the_log_and_not_on_the_screen() {
    let Some((server, terminal)) = place() else { return };
    let screen = start(&terminal);
    let log = log(&server);
    // llama.cpp and golem itself, through golem's own log; what else prints has no time of its own.
    for wanted in ["llama", "golem"] {
        assert!(log.contains(wanted), "nothing of {wanted} in the log:\n{log}");
    }
    for line in log.lines().filter(|line| line.len() > 20) {
        assert!(!screen.contains(&line[..20]), "{line}\n--- is on the screen:\n{screen}");
    }
    // Everything that is printed to standard output or standard error of this process goes into the log.
    let golem = terminal.child().expect("golem runs");
    let file = |number: u8| std::fs::read_link(format!("/proc/{golem}/fd/{number}")).unwrap();
    let place = server.folder().join("golem/golem.log");
    assert_eq!([file(1), file(2)], [place.clone(), place]);
    assert!(file(0).starts_with("/dev/"));
    terminal.key("C-c");
    terminal.until("the shell", |screen| screen.trim_end().ends_with(PROMPT));
    terminal.sane();
}

#[test]
fn a_golem_that_loses_its_terminal_ends_and_says_why() {
    let Some((server, terminal)) = place() else { return };
    start(&terminal);
    let golem = PathBuf::from(format!("/proc/{}", terminal.child().expect("golem runs")));
    let began = Instant::now();
    terminal.hang_up();
    until_gone(&golem, began);
    println!("ended {} ms after its terminal", began.elapsed().as_millis());
    assert!(log(&server).contains("its terminal is gone (SIGHUP)"), "{}", log(&server));
}

fn until_gone(process: &Path, began: Instant) {
    while process.join("exe").exists() {
        assert!(began.elapsed() < ENDING, "golem goes on without a terminal");
        std::thread::yield_now();
    }
}

/// The screen with nobody behind it: a thread panics when the screen is shown.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        println!("skipped: it runs as the child of the test below, in a terminal");
        return;
    }
    let ((updates_in, updates), (commands, asked)) = (crossbeam_channel::unbounded(), crossbeam_channel::unbounded());
    std::thread::spawn(move || {
        // The screen is shown when a question is typed on it, and golem is there until it fails.
        let _there: &crossbeam_channel::Sender<_> = &updates_in;
        let question = asked.recv();
        panic!("the ears have fallen off: {question:?}");
    });
    let (stop, config) = (Arc::new(AtomicBool::new(false)), Config::default());
    let error = tui::run(updates, commands, stop, config.screen, Mode::Chat, tui::SoundPlace::Elsewhere).unwrap_err();
    println!("told: {error}");
    std::process::exit(7);
}

#[test]
fn a_panic_gives_the_terminal_back_and_tells_its_reason() {
    let Some(terminal) = Terminal::start(100, 30, &[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let log = folder.path().join("stderr");
    terminal.enter(&format!(
        "clear; {CHILD}=1 {} --exact child --nocapture --test-threads=1 2>{}; echo status $?",
        program.display(),
        log.display()
    ));
    terminal.until("the screen", |screen| screen.contains("q quit") && !screen.contains(PROMPT));
    terminal.ask("hello");
    let screen = terminal.until("the status", |screen| screen.contains("status 7"));
    terminal.sane();
    assert!(screen.contains("golem: panicked at") && screen.contains("the ears have fallen off"), "{screen}");
    assert!(screen.contains("told: golem has ended because a part of it failed"), "{screen}");
    assert!(std::fs::read_to_string(&log).unwrap().contains("the ears have fallen off"));
}

#[test]
fn a_shell_is_needed_to_be_suspended() {
    // Golem is its terminal's own process here: if it was stopped, it would be stopped for good.
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("tmux");
    let tmux = |words: &[&str]| {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&socket).args(["-f", "/dev/null", "-u"]).args(words).env_remove("TMUX").output()
    };
    let child = format!("{CHILD}=1 exec {} --exact child --nocapture", std::env::current_exe().unwrap().display());
    if tmux(&["new-session", "-d", "-x", "80", "-y", "24", &child]).is_err() {
        println!("skipped: no tmux");
        return;
    }
    let screen = || String::from_utf8_lossy(&tmux(&["capture-pane", "-p"]).unwrap().stdout).into_owned();
    let until = |wanted: &str| {
        let start = Instant::now();
        while !screen().contains(wanted) {
            assert!(start.elapsed() < Duration::from_secs(30), "no {wanted}:\n{}", screen());
        }
    };
    until("q quit");
    tmux(&["send-keys", "C-z"]).unwrap();
    until("no shell to go back to");
    let _ = tmux(&["kill-server"]);
}
