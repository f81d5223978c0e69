//! Programs in process groups of their own, with a clean environment. Each is watched until it ends, its time is up or
//! it is stopped, and no process of its group survives.

use std::io::{PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime};

use super::done::{Done, KEPT};
use super::environment;
use crate::phrases::{Failure, ProgramEnd};
use crate::turn::Ticket;

/// Interval between two checks of a running program's ticket.
const LOOK: Duration = Duration::from_millis(20);
/// Time between SIGTERM and SIGKILL for a group.
const GRACE: Duration = Duration::from_millis(500);
/// Time in which the early failure of a program that stays open is noticed.
const EARLY: Duration = Duration::from_millis(300);
/// The program of util-linux with which the system kills a child when golem ends in any way.
const BINDER: &str = "setpriv";

/// Runs a program to its end and returns its exit status and its output.
pub fn run(argv: &[String], timeout: Duration, ticket: &Ticket) -> Result<Done, Failure> {
    let program = name(argv)?;
    let failed = |error: std::io::Error| Failure::NoStart { program: program.into(), reason: error.to_string() };
    let (reader, writer) = std::io::pipe().map_err(failed)?;
    let mut command = if let Some(binder) = binder() {
        let mut command = Command::new(binder);
        command.args(["--pdeathsig", "KILL", "--"]).args(argv);
        command
    } else {
        let mut command = Command::new(program);
        command.args(&argv[1..]);
        command
    };
    command.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
    let child = spawn(&mut command).map_err(failed)?;
    // Close golem's own writing end of the pipe; otherwise the reader never meets its end.
    drop(command);
    let mut group = Group::new(child, Some(reader)).map_err(|error| failed(error.into()))?;
    let end = group.watch(timeout, || ticket.stale());
    let end = end.map_err(|error| failed(error.into()))?;
    let status = group.finish(end).map_err(failed)?;
    let output = String::from_utf8_lossy(&group.output).into_owned();
    let failure = match end {
        End::Exited => failed_end(program, status, &output),
        End::Late => Some(Failure::TooLong { what: program.into(), timeout }),
        End::Stopped => Some(Failure::Stopped),
    };
    Ok(Done { status: status.code().filter(|_| end == End::Exited), output, failure, ..Done::default() })
}

/// Starts a program that stays open. Returns the child to reap later, or `None` if it has ended well already, as
/// launchers do.
pub fn start(argv: &[String], ticket: &Ticket) -> Result<Option<Child>, Failure> {
    let program = name(argv)?;
    let failed = |error: std::io::Error| Failure::NoStart { program: program.into(), reason: error.to_string() };
    let mut command = Command::new(program);
    command.args(&argv[1..]).stdout(Stdio::null()).stderr(Stdio::null());
    let child = spawn(&mut command).map_err(failed)?;
    let mut group = Group::new(child, None).map_err(|error| failed(error.into()))?;
    match group.watch(EARLY, || ticket.stale()).map_err(|error| failed(error.into()))? {
        End::Exited => {
            let status = group.leave().map_or_else(|| Ok(ExitStatus::default()), |mut child| child.wait());
            failed_end(program, status.map_err(failed)?, "").map_or(Ok(None), Err)
        }
        End::Late => Ok(group.leave()),
        End::Stopped => Err(Failure::Stopped),
    }
}

fn name(argv: &[String]) -> Result<&str, Failure> {
    argv.first().map(String::as_str).ok_or(Failure::NoProgram)
}

/// The path of [`BINDER`], if it is the real one: a busybox of that name knows fewer options.
fn binder() -> Option<PathBuf> {
    let real = environment::find(BINDER)?.canonicalize().ok()?;
    real.file_name().is_some_and(|name| name == BINDER).then_some(real)
}

/// Spawns a program in its own group and a clean environment, in golem's own working folder, without input.
fn spawn(command: &mut Command) -> std::io::Result<Child> {
    let environment = environment::clean(std::env::vars_os());
    command.env_clear().envs(environment).stdin(Stdio::null()).process_group(0).spawn()
}

fn failed_end(program: &str, status: ExitStatus, output: &str) -> Option<Failure> {
    if status.success() {
        return None;
    }
    let end = match (status.code(), status.signal()) {
        (Some(code), _) => ProgramEnd::Status(code),
        (None, Some(signal)) => ProgramEnd::Signal(signal),
        (None, None) => ProgramEnd::Unknown,
    };
    let last_line = output.lines().rfind(|line| !line.trim().is_empty()).map(super::speech::spoken);
    Some(Failure::BadEnd { program: program.into(), end, last_line })
}

/// The reason why watching ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Exited,
    Late,
    Stopped,
}

/// A process group and its output. Dropped while it runs, the group is ended.
struct Group {
    child: Option<Child>,
    /// A descriptor that is readable when the leader has ended.
    leader: OwnedFd,
    pid: Pid,
    printed: Option<PipeReader>,
    output: Vec<u8>,
}

impl Group {
    fn new(mut child: Child, printed: Option<PipeReader>) -> rustix::io::Result<Self> {
        let pid = Pid::from_child(&child);
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(leader) => Ok(Self { child: Some(child), leader, pid, printed, output: Vec::new() }),
            Err(error) => {
                // Do not let a program run that cannot be watched.
                let _ = kill_process_group(pid, Signal::KILL);
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Waits for the leader's end and gathers the output meanwhile.
    fn watch(&mut self, timeout: Duration, stopped: impl Fn() -> bool) -> rustix::io::Result<End> {
        let alarm = alarm(timeout)?;
        loop {
            let ready = self.wait(&alarm, LOOK)?;
            if ready.exited {
                return Ok(End::Exited);
            }
            if ready.rang {
                return Ok(End::Late);
            }
            if stopped() {
                return Ok(End::Stopped);
            }
        }
    }

    /// Waits at most `at_most` for an event, and reads the output.
    fn wait(&mut self, alarm: &OwnedFd, at_most: Duration) -> rustix::io::Result<PollResult> {
        let mut waits = vec![PollFd::new(&self.leader, PollFlags::IN), PollFd::new(alarm, PollFlags::IN)];
        if let Some(printed) = &self.printed {
            waits.push(PollFd::from_borrowed_fd(printed.as_fd(), PollFlags::IN));
        }
        match poll(&mut waits, Some(&timespec(at_most))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        let happened = |index: usize| waits.get(index).is_some_and(|wait| !wait.revents().is_empty());
        let ready = PollResult { exited: happened(0), rang: happened(1) };
        if happened(2) {
            self.read();
        }
        Ok(ready)
    }

    /// Reads once. Keeps the first [`KEPT`] bytes in all, and drops the pipe at its end.
    fn read(&mut self) {
        let mut piece = [0; 4096];
        let length = self.printed.as_mut().map_or(Ok(0), |printed| printed.read(&mut piece));
        match length {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => self.printed = None,
            Ok(length) => {
                let room = KEPT.saturating_sub(self.output.len());
                self.output.extend_from_slice(&piece[..length.min(room)]);
            }
        }
    }

    /// Ends the rest of the group and then reaps the leader. Reaping it earlier would free the group's number for
    /// another group.
    fn finish(&mut self, end: End) -> std::io::Result<ExitStatus> {
        // This fails if the group has no process left.
        let _ = kill_process_group(self.pid, Signal::TERM);
        let alarm = alarm(GRACE)?;
        let mut exited = end == End::Exited;
        while !exited || self.printed.is_some() {
            let ready = self.wait(&alarm, GRACE)?;
            exited |= ready.exited;
            if ready.rang {
                break;
            }
        }
        let _ = kill_process_group(self.pid, Signal::KILL);
        self.leave().map_or_else(|| Ok(ExitStatus::default()), |mut child| child.wait())
    }

    /// Releases the group without ending it.
    fn leave(&mut self) -> Option<Child> {
        self.child.take()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill_process_group(self.pid, Signal::KILL);
            let _ = child.wait();
        }
    }
}

/// The events of one wait.
struct PollResult {
    exited: bool,
    rang: bool,
}

/// A descriptor that is readable after `time`.
fn alarm(time: Duration) -> rustix::io::Result<OwnedFd> {
    let alarm = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    // A timer of zero would never fire.
    let value = timespec(time.max(Duration::from_nanos(1)));
    let once = Itimerspec { it_interval: timespec(Duration::ZERO), it_value: value };
    timerfd_settime(&alarm, TimerfdTimerFlags::empty(), &once)?;
    Ok(alarm)
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() }
}
