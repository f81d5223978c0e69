//! The speech server on a socket that was opened before it started, as systemd's socket activation does.

#[path = "common/place.rs"]
mod place;
#[path = "common/served.rs"]
mod served;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use golem::config::serve::ServeConfig;
use place::root;
use served::{Answer, Ended, PATIENCE, installed, micro};

/// Golem with `listener` as the third of its open files, for the process that the variable `$LISTEN_PID` names.
fn activated(listener: &TcpListener, process: &str) -> Command {
    let golem = micro(&[]);
    let mut command = Command::new("sh");
    let script = format!("export LISTEN_PID={process} LISTEN_FDS=1; exec \"$0\" \"$@\" 3<&0 0</dev/null");
    command.args(["-c", &script]).arg(golem.get_program()).args(golem.get_args());
    command.current_dir(golem.get_current_dir().unwrap());
    for (name, value) in golem.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdin(Stdio::from(OwnedFd::from(listener.try_clone().unwrap())));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_client_that_came_before_golem_is_served_on_the_socket_that_systemd_opened() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let systemd = UnixDatagram::bind(&path).unwrap();
    systemd.set_read_timeout(Some(PATIENCE)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // The client waits in the system's queue.
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut golem = Ended(activated(&listener, "$$").env("NOTIFY_SOCKET", &path).spawn().unwrap());
    let mut told = String::new();
    let mut out = BufReader::new(golem.0.stdout.take().unwrap());
    assert!(out.read_line(&mut told).unwrap() > 0);
    assert!(told.contains(&format!("http://{address}/v1")), "{told}");
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!([200, 503].contains(&Answer::read(client).status), "it is ready, or is still loading its models");
    let mut words = [0; 64];
    let length = systemd.recv(&mut words).unwrap();
    assert!(words[..length].starts_with(b"READY=1"), "{}", String::from_utf8_lossy(&words[..length]));
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(Answer::read(client).status, 200);
    assert!(Command::new("kill").arg(golem.0.id().to_string()).status().unwrap().success());
    assert_eq!(golem.0.wait().unwrap().code(), Some(0));
    let length = systemd.recv(&mut words).unwrap();
    assert_eq!(&words[..length], b"STOPPING=1\n");
}

#[test]
fn a_socket_beyond_this_machine_needs_a_token_and_one_for_another_process_is_left() {
    if !installed() {
        return;
    }
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let output = activated(&listener, "$$").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("--token-file"), "{said}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = activated(&listener, "1");
    let mut golem = Ended(command.args(["--bind", "127.0.0.1:0"]).spawn().unwrap());
    let mut told = String::new();
    BufReader::new(golem.0.stdout.take().unwrap()).read_line(&mut told).unwrap();
    assert!(told.contains("http://127.0.0.1:"), "{told}");
    assert!(!told.contains(&listener.local_addr().unwrap().to_string()), "{told}");
    let mut rest = String::new();
    golem.0.kill().unwrap();
    let _ = golem.0.stderr.take().unwrap().read_to_string(&mut rest);
}

#[test]
fn the_units_open_the_ports_by_which_golem_knows_the_protocols_and_name_no_protocol() {
    let unit = |name: &str| fs::read_to_string(root().join("scripts").join(name)).unwrap();
    let sockets = unit("golem-serve.socket");
    let open: Vec<_> = sockets.lines().filter_map(|line| line.strip_prefix("ListenStream=")).collect();
    let offered: Vec<_> = sockets.lines().filter_map(|line| line.strip_prefix("#ListenStream=")).collect();
    let serve = ServeConfig::default();
    let at = |port: u16| format!("127.0.0.1:{port}");
    assert_eq!(open, [serve.bind.clone(), at(serve.wyoming_port)]);
    let ports = [serve.realtimestt_control_port, serve.realtimestt_data_port, serve.realtimestt_port];
    assert_eq!(offered, ports.map(at));
    // A protocol that a flag named, and whose socket is a comment, would be missed at every start.
    assert!(unit("golem-serve.service").lines().any(|line| line == "ExecStart=@GOLEM@ serve"));
}
