//! The sockets that the server listens on: opened by systemd, or by golem itself.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use listenfd::ListenFd;
use strum::Display;

use super::admission;
use super::error::ServeError;
use crate::config::serve::{ServeConfig, ServeProtocol};

/// The port of HTTP where an address names none.
const HTTP_PORT: u16 = 8_880;

/// The use of a port.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq)]
pub enum ServePort {
    /// OpenAI's endpoints over HTTP.
    #[strum(serialize = "openai")]
    Http,
    /// Wyoming.
    #[strum(serialize = "wyoming")]
    Wyoming,
    /// RealtimeSTT's commands.
    #[strum(serialize = "RealtimeSTT control")]
    RecorderControl,
    /// RealtimeSTT's sound and words.
    #[strum(serialize = "RealtimeSTT data")]
    RecorderData,
    /// RealtimeSTT's commands, sound and words on one socket.
    #[strum(serialize = "RealtimeSTT")]
    RecorderSingle,
    /// Health, readiness and figures over HTTP, for this machine alone.
    #[strum(serialize = "metrics")]
    Metrics,
}

/// A socket, and what is served on it.
#[derive(Debug)]
pub struct ServeSocket {
    /// The use of the port.
    pub port: ServePort,
    /// The socket, which does not block.
    pub listener: TcpListener,
    /// Its address.
    pub address: SocketAddr,
}

/// The sockets that `serve` asks for, and one for the figures on the port `metrics`, unless that is 0. `has_token` says
/// whether HTTP's clients must show a token.
///
/// # Errors
/// When there is nothing to serve, the settings would let strangers in, or a port is taken.
pub fn open(serve: &ServeConfig, metrics: u16, has_token: bool) -> Result<Vec<ServeSocket>, ServeError> {
    let handed = inherited(serve, has_token)?;
    let mut sockets = if handed.is_empty() { own(serve, has_token)? } else { handed };
    if sockets.is_empty() {
        return Err(ServeError::Nothing);
    }
    sockets.extend(monitoring(metrics));
    Ok(sockets)
}

/// The socket for the figures; `None` for port 0, and where a daemon with the same settings has the port already.
fn monitoring(number: u16) -> Option<ServeSocket> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, number));
    let opened = (number != 0).then(|| bind(address))?;
    match opened {
        Ok(listener) => Some(ServeSocket { port: ServePort::Metrics, listener, address }),
        Err(error) => {
            tracing::warn!("no figures: {error}; --set metrics.port={} names another port", number.wrapping_add(1));
            None
        }
    }
}

/// The sockets of systemd's socket activation; the settings' address and protocols do not count then.
fn inherited(serve: &ServeConfig, has_token: bool) -> Result<Vec<ServeSocket>, ServeError> {
    let mut handed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..handed.len() {
        let Some(listener) = handed.take_tcp_listener(number).map_err(ServeError::Inherited)? else { continue };
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let port = port_at(address.port(), serve);
        may_serve(serve, port, address, has_token)?;
        sockets.push(ServeSocket { port, listener, address });
    }
    let places: Vec<_> = sockets.iter().map(|socket| (socket.port, socket.address)).collect();
    if !places.is_empty() {
        for (port, address) in missing(serve, &places) {
            tracing::info!(
                "{port} on {address} is not served: serve.bind and serve.protocols ask for it, but systemd hands over no \
                 such socket"
            );
        }
    }
    Ok(sockets)
}

/// What the settings ask for and is not among `places`. More than they ask for may be: who opens a port wants it served.
fn missing(serve: &ServeConfig, places: &[(ServePort, SocketAddr)]) -> Vec<(ServePort, SocketAddr)> {
    let asked = asked(serve).unwrap_or_default();
    asked.into_iter().filter(|place| !places.contains(place)).collect()
}

/// The ports of the settings, and their use. The port of HTTP is part of its address.
fn numbered(serve: &ServeConfig) -> [(ServePort, ServeProtocol, u16); 4] {
    [
        (ServePort::Wyoming, ServeProtocol::Wyoming, serve.wyoming_port),
        (ServePort::RecorderControl, ServeProtocol::RealtimeStt, serve.realtimestt_control_port),
        (ServePort::RecorderSingle, ServeProtocol::RealtimeStt, serve.realtimestt_port),
        (ServePort::RecorderData, ServeProtocol::RealtimeStt, serve.realtimestt_data_port),
    ]
}

/// The use of a port that golem has not opened.
fn port_at(number: u16, serve: &ServeConfig) -> ServePort {
    let known = numbered(serve).into_iter().find(|(_, _, known)| *known == number);
    known.map_or(ServePort::Http, |(port, _, _)| port)
}

/// The addresses that the settings ask for, and their use.
fn asked(serve: &ServeConfig) -> Result<Vec<(ServePort, SocketAddr)>, ServeError> {
    let own = admission::address(&serve.bind, HTTP_PORT)?;
    let others = numbered(serve).map(|(port, protocol, number)| (port, protocol, SocketAddr::new(own.ip(), number)));
    let all = [(ServePort::Http, ServeProtocol::OpenAi, own)].into_iter().chain(others);
    let asked = all.filter(|(_, protocol, _)| serve.protocols.contains(protocol));
    Ok(asked.map(|(port, _, address)| (port, address)).collect())
}

fn own(serve: &ServeConfig, has_token: bool) -> Result<Vec<ServeSocket>, ServeError> {
    let mut sockets = Vec::new();
    for (port, address) in asked(serve)? {
        // Check before binding, so that no one can connect first.
        may_serve(serve, port, address, has_token)?;
        let listener = bind(address)?;
        let address = listener.local_addr()?;
        sockets.push(ServeSocket { port, listener, address });
    }
    Ok(sockets)
}

/// A socket at `address` for Home Assistant's satellite, under the access rules of Wyoming.
///
/// # Errors
/// When the settings would let strangers in, or the port is taken.
pub fn satellite(address: SocketAddr, serve: &ServeConfig) -> Result<TcpListener, ServeError> {
    may_serve(serve, ServePort::Wyoming, address, false)?;
    bind(address)
}

fn may_serve(serve: &ServeConfig, port: ServePort, address: SocketAddr, has_token: bool) -> Result<(), ServeError> {
    match port {
        ServePort::Wyoming if !address.ip().is_loopback() && serve.wyoming_allow.is_empty() => {
            Err(ServeError::NoPeers(address))
        }
        ServePort::Wyoming => Ok(()),
        _ if address.ip().is_loopback() || has_token => Ok(()),
        _ => Err(ServeError::NoToken { address, flags: flags(serve, port, address) }),
    }
}

/// The flags of `golem serve` for the same protocols where `address` is that of `port`.
fn flags(serve: &ServeConfig, port: ServePort, address: SocketAddr) -> String {
    let http = if port == ServePort::Http { address } else { SocketAddr::new(address.ip(), HTTP_PORT) };
    let protocols = serve.protocols.iter().map(|protocol| protocol.flag().to_owned());
    protocols.chain([format!("--bind {http}")]).collect::<Vec<_>>().join(" ")
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let fault = |error: std::io::Error| ServeError::Bind { address, reason: error.to_string() };
    let listener = TcpListener::bind(address).map_err(fault)?;
    listener.set_nonblocking(true).map_err(fault)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_socket_of_systemd_is_known_by_its_port() {
        use ServePort::{Http, RecorderControl, RecorderData, RecorderSingle, Wyoming};
        let ports = [8_880, 10_300, 8_011, 8_012, 8_010].map(|number| port_at(number, &ServeConfig::default()));
        assert_eq!(ports, [Http, Wyoming, RecorderControl, RecorderData, RecorderSingle]);
    }

    #[test]
    fn what_the_settings_ask_for_and_systemd_has_no_socket_for_is_known() {
        let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let handed = [(ServePort::Wyoming, at(10_300)), (ServePort::Http, at(8_880))];
        let both = vec![ServeProtocol::OpenAi, ServeProtocol::Wyoming];
        let serve = ServeConfig { protocols: both, ..ServeConfig::default() };
        assert!(missing(&serve, &handed).is_empty());
        assert!(missing(&ServeConfig::default(), &handed).is_empty(), "a socket more is served as well");
        assert_eq!(missing(&serve, &handed[..1]), [(ServePort::Http, at(8_880))]);
        let elsewhere = ServeConfig { bind: "127.0.0.1:8881".into(), ..serve };
        assert_eq!(missing(&elsewhere, &handed), [(ServePort::Http, at(8_881))]);
    }

    #[test]
    fn no_port_for_figures_is_opened_by_default_nor_where_it_is_taken() {
        assert!(monitoring(Config::default().metrics.port).is_none());
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(monitoring(port).is_none());
        drop(taken);
        assert!(monitoring(port).is_some_and(|socket| socket.port == ServePort::Metrics));
    }

    #[test]
    fn the_advice_on_a_token_keeps_what_was_asked_for() {
        use ServeProtocol::{OpenAi, RealtimeStt, Wyoming};
        for (bind, protocols, wanted) in [
            ("0.0.0.0", vec![OpenAi, Wyoming], "golem serve --openai --wyoming --bind 0.0.0.0:8880 --token-file"),
            ("0.0.0.0:81", vec![OpenAi], "golem serve --openai --bind 0.0.0.0:81 --token-file"),
            ("0.0.0.0", vec![RealtimeStt], "golem serve --realtimestt --bind 0.0.0.0:8880 --token-file"),
        ] {
            let refusal = own(&ServeConfig { bind: bind.into(), protocols, ..ServeConfig::default() }, false);
            let refusal = refusal.unwrap_err().to_string();
            assert!(refusal.contains(wanted), "{refusal}");
        }
    }

    #[test]
    fn nothing_is_opened_that_would_let_strangers_in() {
        let serve = |bind: &str| ServeConfig {
            bind: bind.into(),
            wyoming_port: 0,
            protocols: vec![ServeProtocol::Wyoming],
            ..ServeConfig::default()
        };
        assert!(matches!(own(&serve("0.0.0.0:0"), true), Err(ServeError::NoPeers(_))));
        let open = SocketAddr::from(([0, 0, 0, 0], 0));
        assert!(matches!(satellite(open, &ServeConfig::default()), Err(ServeError::NoPeers(_))));
        let sockets = own(&serve("127.0.0.1:0"), false).unwrap();
        assert_eq!((sockets.len(), sockets[0].port), (1, ServePort::Wyoming));
        let open = ServeConfig { protocols: vec![ServeProtocol::OpenAi], ..serve("0.0.0.0:0") };
        assert!(matches!(own(&open, false), Err(ServeError::NoToken { .. })));
        assert!(own(&ServeConfig { protocols: Vec::new(), ..open }, false).unwrap().is_empty());
    }
}
