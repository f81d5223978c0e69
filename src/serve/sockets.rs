//! The sockets that the server listens on: those that systemd has opened for it, or its own.

use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;

use super::admission;
use super::error::ServeError;
use crate::config::serve::{ServeConfig, ServeProtocol};

/// A socket, and what is served on it.
#[derive(Debug)]
pub struct ServeSocket {
    /// What is served.
    pub protocol: ServeProtocol,
    /// The socket, which does not block.
    pub listener: TcpListener,
    /// Where it is.
    pub address: SocketAddr,
}

/// The sockets that `serve` asks for. `has_token` says whether HTTP's clients must show a token.
///
/// # Errors
/// When there is nothing to serve, the settings would let strangers in, or a port is taken.
pub fn open(serve: &ServeConfig, has_token: bool) -> Result<Vec<ServeSocket>, ServeError> {
    let handed = inherited(serve, has_token)?;
    let sockets = if handed.is_empty() { own(serve, has_token)? } else { handed };
    if sockets.is_empty() { Err(ServeError::Nothing) } else { Ok(sockets) }
}

/// Those of systemd's socket activation; the settings' address and protocols do not count then.
fn inherited(serve: &ServeConfig, has_token: bool) -> Result<Vec<ServeSocket>, ServeError> {
    let mut handed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..handed.len() {
        let Some(listener) = handed.take_tcp_listener(number).map_err(ServeError::Inherited)? else { continue };
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let protocol = protocol_at(address.port(), serve.wyoming_port);
        may_serve(serve, protocol, address, has_token)?;
        sockets.push(ServeSocket { protocol, listener, address });
    }
    Ok(sockets)
}

/// What is served on a port that golem has not chosen.
fn protocol_at(port: u16, wyoming_port: u16) -> ServeProtocol {
    if port == wyoming_port { ServeProtocol::Wyoming } else { ServeProtocol::OpenAi }
}

fn own(serve: &ServeConfig, has_token: bool) -> Result<Vec<ServeSocket>, ServeError> {
    let own = admission::address(&serve.bind)?;
    let mut sockets = Vec::new();
    for protocol in [ServeProtocol::OpenAi, ServeProtocol::Wyoming] {
        if !serve.protocols.contains(&protocol) {
            continue;
        }
        let address = match protocol {
            ServeProtocol::OpenAi => own,
            ServeProtocol::Wyoming => SocketAddr::new(own.ip(), serve.wyoming_port),
        };
        // Before anyone can connect.
        may_serve(serve, protocol, address, has_token)?;
        let listener = bind(address)?;
        let address = listener.local_addr()?;
        sockets.push(ServeSocket { protocol, listener, address });
    }
    Ok(sockets)
}

fn may_serve(
    serve: &ServeConfig,
    protocol: ServeProtocol,
    address: SocketAddr,
    has_token: bool,
) -> Result<(), ServeError> {
    match protocol {
        ServeProtocol::OpenAi => admission::may_listen(address, has_token),
        ServeProtocol::Wyoming if !address.ip().is_loopback() && serve.wyoming_allow.is_empty() => {
            Err(ServeError::NoPeers(address))
        }
        ServeProtocol::Wyoming => Ok(()),
    }
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

    #[test]
    fn a_socket_of_systemd_is_wyomings_by_its_port() {
        assert_eq!(protocol_at(10_300, 10_300), ServeProtocol::Wyoming);
        assert_eq!(protocol_at(8_880, 10_300), ServeProtocol::OpenAi);
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
        let sockets = own(&serve("127.0.0.1:0"), false).unwrap();
        assert_eq!((sockets.len(), sockets[0].protocol), (1, ServeProtocol::Wyoming));
        let open = ServeConfig { protocols: vec![ServeProtocol::OpenAi], ..serve("0.0.0.0:0") };
        assert!(matches!(own(&open, false), Err(ServeError::NoToken(_))));
        assert!(own(&ServeConfig { protocols: Vec::new(), ..open }, false).unwrap().is_empty());
    }
}
