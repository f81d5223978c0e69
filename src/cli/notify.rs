//! The daemon's reports to systemd: that it is ready, that it is alive, that it is ending.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, tick};
use sd_notify::NotifyState::{self, Ready, Status, Stopping, Watchdog};

/// Reports that golem listens.
pub fn ready() {
    report(&[Ready, Status("Listening")]);
}

/// Reports that golem is alive.
pub fn alive() {
    report(&[Watchdog]);
}

/// Reports that golem is about to end.
pub fn ending() {
    report(&[Stopping]);
}

/// The moments at which [`alive`] is due; none where systemd has set no watchdog for this process.
pub fn beats() -> Receiver<Instant> {
    period().map_or_else(never, tick)
}

/// Time between two beats.
fn period() -> Option<Duration> {
    let supervised = std::env::var_os("NOTIFY_SOCKET").is_some();
    let limit = sd_notify::watchdog_enabled().filter(|limit| supervised && !limit.is_zero());
    // Beat twice as often as needed, as sd_watchdog_enabled(3) recommends.
    limit.map(|limit| limit.div_f64(2.0))
}

/// Sends to the socket that `$NOTIFY_SOCKET` names, and nothing without that variable.
fn report(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("systemd does not get {states:?}: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::process::{Command, Stdio};

    use super::*;

    const CHILD: &str = "cli::notify::tests::a_service_reports_to_the_socket_of_its_environment";

    /// The reports that systemd receives from this test in a process of its own, with `process` as its `$WATCHDOG_PID`,
    /// as the shell expands it. The whole process reads the environment once, so that it cannot change within a test.
    fn received(process: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        let mut child = Command::new("sh");
        child.args(["-c", &format!("export WATCHDOG_PID={process}; exec \"$0\" --exact {CHILD}")]);
        child.arg(std::env::current_exe().unwrap()).env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "30000000");
        assert!(child.stdout(Stdio::null()).status().unwrap().success());
        systemd.set_nonblocking(true).unwrap();
        let mut words = [0; 64];
        let next =
            || systemd.recv(&mut words).ok().map(|length| String::from_utf8_lossy(&words[..length]).into_owned());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_service_reports_to_the_socket_of_its_environment() {
        if std::env::var_os("WATCHDOG_PID").is_some() {
            ready();
            if period() == Some(Duration::from_secs(15)) {
                alive();
            }
            ending();
            return;
        }
        assert_eq!(received("$$"), ["READY=1\nSTATUS=Listening\n", "WATCHDOG=1\n", "STOPPING=1\n"]);
        assert_eq!(received("1"), ["READY=1\nSTATUS=Listening\n", "STOPPING=1\n"], "the watchdog is another process's");
        // Without systemd, it sends nothing and does not fail.
        ready();
        assert_eq!(period(), None);
    }
}
