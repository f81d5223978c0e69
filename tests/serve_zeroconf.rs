//! The speech server found on the network by its announcement, as Home Assistant finds it.

#[path = "common/place.rs"]
mod place;
#[path = "common/served.rs"]
mod served;

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent, ServiceInfo};
use served::{PATIENCE, Served, installed};

const KIND: &str = "_wyoming._tcp.local.";
/// Time for an announcement of this test's own to come back, where the network carries any.
const PROBE: Duration = Duration::from_secs(10);

/// Waits for an event that is `wanted`, up to `patience` for each.
fn until(events: &Receiver<ServiceEvent>, patience: Duration, wanted: impl Fn(&ServiceEvent) -> bool) -> bool {
    std::iter::from_fn(|| events.recv_timeout(patience).ok()).any(|event| wanted(&event))
}

fn is_at(event: &ServiceEvent, port: u16) -> bool {
    matches!(event, ServiceEvent::ServiceResolved(service) if service.get_port() == port)
}

/// Whether this machine's network carries announcements.
fn carries_announcements() -> bool {
    let Ok(daemon) = ServiceDaemon::new() else { return false };
    let kind = "_golem-probe._tcp.local.";
    let probe = ServiceInfo::new(kind, "probe", "probe.local.", "", 9, None::<HashMap<String, String>>).unwrap();
    daemon.register(probe.enable_addr_auto()).unwrap();
    let listener = ServiceDaemon::new().unwrap();
    let heard = until(&listener.browse(kind).unwrap(), PROBE, |event| is_at(event, 9));
    let _ = (daemon.shutdown(), listener.shutdown());
    heard
}

#[test]
fn wyoming_is_announced_with_its_port_until_golem_ends() {
    if !installed() {
        return;
    }
    if !carries_announcements() {
        println!("skipped: this machine's network carries no multicast");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-word\n").unwrap();
    let listener = ServiceDaemon::new().unwrap();
    let events = listener.browse(KIND).unwrap();
    let allow = "serve.wyoming_allow=[\"127.0.0.1\"]";
    let open = ["--bind", "0.0.0.0:0", "--token-file", token.to_str().unwrap(), "--set", allow, "--zeroconf"];
    let mut golem = Served::micro(&open);
    let port = golem.wyoming.port();
    assert!(until(&events, PATIENCE, |event| is_at(event, port)), "it is not announced");
    golem.signal("TERM");
    assert_eq!(golem.process.wait().unwrap().code(), Some(0));
    let removed =
        |event: &ServiceEvent| matches!(event, ServiceEvent::ServiceRemoved(_, name) if name.contains("golem-"));
    assert!(until(&events, PATIENCE, removed), "it is not taken back");
    let _ = listener.shutdown();
}

#[test]
fn what_only_this_machine_can_reach_is_not_announced() {
    if !installed() {
        return;
    }
    let output = served::micro(&["--wyoming", "--wyoming-port", "0", "--zeroconf"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("--bind"), "{said}");
}
