//! Programs: in a process group of their own, with a clean environment, watched until they end, their time is up, or
//! they are stopped. Nothing of a group is left behind.

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

/// How often a running program's ticket is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Between asking a group to end and ending it.
const GRACE: Duration = Duration::from_millis(500);
/// How long a program that stays open is watched for an early failure.
const EARLY: Duration = Duration::from_millis(300);
/// The program of util-linux that makes the system end a program when golem is gone, however golem went.
const BINDER: &str = "setpriv";

/// Runs a program to its end and returns its exit status and what it printed.
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
    // The pipe's end is golem's to close, or it would never be at an end.
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

/// Starts a program that stays open; the child to reap later, unless it has ended well already, as launchers do.
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

/// [`BINDER`], where it is the real one: a busybox that goes by its name knows fewer options.
fn binder() -> Option<PathBuf> {
    let real = environment::find(BINDER)?.canonicalize().ok()?;
    real.file_name().is_some_and(|name| name == BINDER).then_some(real)
}

/// In its own group and environment, in the folder that golem was started in, with nothing to read.
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

/// Why watching ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Exited,
    Late,
    Stopped,
}

/// A process group and what it prints. Dropped while it runs, it is ended.
struct Group {
    child: Option<Child>,
    /// Readable when the leader has ended.
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
                // A program that cannot be watched is not let run.
                let _ = kill_process_group(pid, Signal::KILL);
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Waits for the leader's end and keeps what is printed meanwhile.
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

    /// Waits for something to happen, at most for `at_most`, and reads what was printed.
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

    /// Reads once; keeps the first [`KEPT`] bytes and forgets the pipe at its end.
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

    /// Ends what is left of the group and reaps the leader. It is not reaped before, so that its number, which is the
    /// group's, cannot come to mean another.
    fn finish(&mut self, end: End) -> std::io::Result<ExitStatus> {
        // Fails if the group has no process left.
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

    /// Lets go of the group without ending it.
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

/// What happened while waiting.
struct PollResult {
    exited: bool,
    rang: bool,
}

/// A descriptor that is readable after `time`.
fn alarm(time: Duration) -> rustix::io::Result<OwnedFd> {
    let alarm = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    // A time of nothing would never ring.
    let value = timespec(time.max(Duration::from_nanos(1)));
    let once = Itimerspec { it_interval: timespec(Duration::ZERO), it_value: value };
    timerfd_settime(&alarm, TimerfdTimerFlags::empty(), &once)?;
    Ok(alarm)
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() }
}
