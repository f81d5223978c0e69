//! Tests with programs that behave badly: they print without end, never end, or leave other programs behind.

use std::time::Duration;

use super::*;
use crate::intent::Slots;
use crate::turn::TurnClock;

fn order(argv: &[&str], timeout: u64) -> Order {
    Order {
        intent: "Test".into(),
        slots: Slots::new(),
        deed: Deed::Run(argv.iter().map(ToString::to_string).collect()),
        say: Some("done: {output}".into()),
        timeout: Duration::from_millis(timeout),
    }
}

fn perform(argv: &[&str], timeout: u64) -> Outcome {
    Performer::new().perform(&order(argv, timeout), &Ticket::standing())
}

/// Whether the process of that number is alive; a killed one gets a moment to end.
fn lives(pid: &str) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    let Ok(process) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) else { return false };
    let moment = Timespec { tv_sec: 5, tv_nsec: 0 };
    poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&moment)).unwrap() == 0
}

#[test]
fn a_program_that_ends_well_is_heard() {
    let outcome = perform(&["printf", "%s\\n", "a b", "c"], 5000);
    assert_eq!(outcome.error, None);
    assert_eq!((outcome.status, outcome.output.as_str()), (Some(0), "a b\nc\n"));
    assert_eq!(outcome.say, "done: a b. c.");
}

#[test]
fn a_program_that_fails_says_why() {
    let outcome = perform(&["sh", "-c", "echo first; echo no such lamp >&2; exit 3"], 5000);
    assert_eq!(outcome.status, Some(3));
    assert_eq!(outcome.error.as_deref(), Some("sh ended with status 3: no such lamp"));
    assert_eq!(outcome.say, "");
    let error = perform(&["/nonexistent/program"], 5000).error.unwrap();
    assert!(error.contains("/nonexistent/program"), "{error}");
    assert!(perform(&[], 5000).error.is_some());
}

#[test]
fn arguments_arrive_as_they_are() {
    let words = ["$(touch x)", "`x`", "a;b", "--", "-rf", "", "'\"", "щ *"];
    let mut argv = vec!["printf", "[%s]"];
    argv.extend(words);
    assert_eq!(perform(&argv, 5000).output, format!("[{}]", words.join("][")));
}

#[test]
fn endless_output_is_cut_and_does_not_stop_the_program() {
    let outcome = perform(&["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; exit 0"], 5000);
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.output.len(), KEPT);
    let outcome = perform(&["yes"], 200);
    assert!(outcome.error.unwrap().contains("took longer than 0.2 s"));
    assert_eq!(outcome.output.len(), KEPT);
}

#[test]
fn the_whole_group_ends_when_its_time_is_up() {
    // A child that ignores TERM, and its own child.
    let script = "trap '' TERM; sleep 1000 & echo $$ $!; wait; sleep 1000";
    let outcome = perform(&["sh", "-c", script], 1500);
    assert!(outcome.error.unwrap().contains("took longer"));
    assert_eq!(outcome.status, None);
    let pids: Vec<&str> = outcome.output.split_whitespace().collect();
    assert_eq!(pids.len(), 2, "{}", outcome.output);
    assert!(pids.iter().all(|pid| !lives(pid)), "{pids:?}");
}

#[test]
fn what_a_program_leaves_behind_is_ended() {
    let outcome = perform(&["sh", "-c", "sleep 1000 & echo $!"], 5000);
    assert_eq!(outcome.error, None);
    assert!(!lives(outcome.output.trim()), "{}", outcome.output);
}

#[test]
fn a_stale_ticket_stops_a_program() {
    let clock = TurnClock::new();
    let ticket = clock.ticket(1);
    let stopper = {
        let clock = clock.clone();
        std::thread::spawn(move || clock.raise(2))
    };
    let outcome = Performer::new().perform(&order(&["sleep", "1000"], 600_000), &ticket);
    stopper.join().unwrap();
    assert_eq!(outcome.error.as_deref(), Some("stopped"));
}

#[test]
fn programs_see_a_clean_environment_and_nothing_to_read() {
    let outcome = perform(&["sh", "-c", "env; cat; pwd"], 5000);
    let passed = |line: &str| {
        let name = line.split('=').next().unwrap_or_default();
        ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"]
            .contains(&name)
            || ["LANG", "LC_", "XDG_", "DISPLAY", "WAYLAND", "DBUS", "PULSE", "XAUTH"]
                .iter()
                .any(|start| name.starts_with(start))
    };
    // Cargo sets many variables for its tests; a program must see none of them.
    let leaked: Vec<&str> = outcome.output.lines().filter(|line| line.contains('=') && !passed(line)).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!outcome.output.contains("CARGO"));
}

#[test]
fn a_program_that_stays_open_is_left_alone_unless_it_fails_at_once() {
    let mut performer = Performer::new();
    let mut start = |argv: &[&str]| {
        let deed = Deed::Start(argv.iter().map(ToString::to_string).collect());
        performer.perform(&Order { deed, say: Some("open".into()), ..order(&[], 100) }, &Ticket::standing())
    };
    assert_eq!(start(&["true"]).say, "open");
    assert_eq!(start(&["false"]).error.as_deref(), Some("false ended with status 1"));
    assert!(start(&["/nonexistent/program"]).error.is_some());
    assert_eq!(start(&["sleep", "1"]).say, "open");
    assert_eq!(performer.open.len(), 1);
    // End the program, so that it does not outlive the tests.
    performer.open[0].kill().unwrap();
}

#[test]
fn what_the_dialogue_does_is_not_done_here() {
    for name in ["stop", "timer", "help", "shell"] {
        let order = Order { deed: Deed::Builtin(name.into()), ..order(&[], 100) };
        assert!(Performer::new().perform(&order, &Ticket::standing()).error.is_some(), "{name}");
    }
    let order = Order { deed: Deed::Builtin("time".into()), say: None, ..order(&[], 100) };
    assert!(Performer::new().perform(&order, &Ticket::standing()).say.starts_with("It is "));
}
