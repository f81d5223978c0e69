//! What systemd wants to know of a service: that it is ready, that it is alive, that it is ending.
//!
//! The protocol is one datagram of `KEY=value` lines to the socket that `$NOTIFY_SOCKET` names (sd_notify(3)).

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crossbeam_channel::{Receiver, never, tick};

/// Who started golem, if it wants to know.
#[derive(Debug, Default)]
pub struct Notifier {
    to: Option<(UnixDatagram, SocketAddr)>,
    period: Option<Duration>,
}

impl Notifier {
    /// As the environment says, which `env` reads. `pid` is this process.
    pub fn new(env: impl Fn(&str) -> Option<String>, pid: u32) -> Self {
        let to = env("NOTIFY_SOCKET").and_then(|name| {
            let address = match name.strip_prefix('@') {
                Some(name) => SocketAddr::from_abstract_name(name),
                None => SocketAddr::from_pathname(&name),
            };
            Some((UnixDatagram::unbound().ok()?, address.ok()?))
        });
        let meant = env("WATCHDOG_PID").is_none_or(|number| number == pid.to_string());
        let micros = env("WATCHDOG_USEC").filter(|_| meant && to.is_some()).and_then(|micros| micros.parse().ok());
        // Twice as often as it must be, as sd_watchdog_enabled(3) recommends.
        let period = micros.filter(|micros| *micros > 0).map(|micros: u64| Duration::from_micros(micros).div_f64(2.0));
        Self { to, period }
    }

    /// Golem listens.
    pub fn ready(&self) {
        self.tell("READY=1\nSTATUS=Listening");
    }

    /// Golem is alive.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// Golem is about to end.
    pub fn ending(&self) {
        self.tell("STOPPING=1");
    }

    /// When to say that golem is alive.
    pub fn beats(&self) -> Receiver<std::time::Instant> {
        self.period.map_or_else(never, tick)
    }

    fn tell(&self, words: &str) {
        if let Some((socket, address)) = &self.to
            && let Err(error) = socket.send_to_addr(words.as_bytes(), address)
        {
            tracing::warn!("systemd was not told {words}: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_started_golem_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        let env = |name: &str| match name {
            "NOTIFY_SOCKET" => Some(path.display().to_string()),
            "WATCHDOG_USEC" => Some("30000000".into()),
            "WATCHDOG_PID" => Some("7".into()),
            _ => None,
        };
        let notifier = Notifier::new(env, 7);
        assert_eq!(notifier.period, Some(Duration::from_secs(15)));
        notifier.ready();
        let mut words = [0; 64];
        let length = systemd.recv(&mut words).unwrap();
        assert!(words[..length].starts_with(b"READY=1"));
        assert_eq!(Notifier::new(env, 8).period, None);
        // Without systemd, it sends nothing and does not fail.
        Notifier::new(|_| None, 7).ready();
    }
}
