//! The announcement of Wyoming to the network, by which Home Assistant finds golem.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use mdns_sd::{ServiceDaemon, ServiceInfo};

use super::error::ServeError;

/// The kind of service that Home Assistant looks for.
const SERVICE: &str = "_wyoming._tcp.local.";
/// Time to send the last announcement, that golem ends.
const FAREWELL: Duration = Duration::from_millis(250);

/// A service that is announced until this is dropped.
pub struct Announcement {
    daemon: ServiceDaemon,
    name: String,
}

impl Announcement {
    /// Announces Wyoming at `address` under a name that begins with `kind`.
    ///
    /// # Errors
    /// When the network cannot reach the address, or refuses announcements.
    pub fn start(kind: &str, address: SocketAddr) -> Result<Self, ServeError> {
        if address.ip().is_loopback() {
            return Err(ServeError::Unreachable(address));
        }
        let fault = |error: mdns_sd::Error| ServeError::Announcement(error.to_string());
        let host = host();
        let name = format!("{kind}-{host}");
        let computer = format!("{host}.local.");
        // An empty address stands for all addresses of this machine.
        let ip = if address.ip().is_unspecified() { String::new() } else { address.ip().to_string() };
        let nothing = None::<HashMap<String, String>>;
        let service =
            ServiceInfo::new(SERVICE, &name, &computer, ip.as_str(), address.port(), nothing).map_err(fault)?;
        let service = if ip.is_empty() { service.enable_addr_auto() } else { service };
        let name = service.get_fullname().to_owned();
        let daemon = ServiceDaemon::new().map_err(fault)?;
        daemon.register(service).map_err(fault)?;
        Ok(Self { daemon, name })
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // Without this, clients keep golem until its announcement expires.
        if let Ok(done) = self.daemon.unregister(&self.name) {
            let _ = done.recv_timeout(FAREWELL);
        }
        let _ = self.daemon.shutdown();
    }
}

/// This machine's name as a label of the network's.
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    label(name.trim())
}

/// The first part of a name, of letters, digits and hyphens alone.
fn label(name: &str) -> String {
    let first = name.split('.').next().unwrap_or_default();
    let plain: String =
        first.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(40).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "machine".into() } else { plain.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_label_whatever_its_name_is() {
        for (name, wanted) in [("Kitchen.example.org", "kitchen"), ("", "machine"), ("-a_b-", "ab"), ("дом", "machine")]
        {
            assert_eq!(label(name), wanted);
        }
        assert!(label(&"a".repeat(100)).len() < 60);
    }

    #[test]
    fn what_no_one_can_reach_is_not_announced() {
        let refusal = Announcement::start("golem", "127.0.0.1:10300".parse().unwrap()).err().unwrap().to_string();
        assert!(refusal.contains("--bind"), "{refusal}");
    }
}
