//! Failures of the speech server: at its start, and as its clients learn of them.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::command::CommandError;

/// What clients learn when the thread that listens for them has failed.
pub const LISTENER_FAILED: &str = "golem broke while it listened; its log says why";

/// What a client learns that finds no free place.
pub const BUSY: &str = "golem serves as many clients as it may; try again";

/// What the client of a session learns whose place was given to another client.
pub const GIVEN_AWAY: &str = "the session was idle, and another client needs its place; connect again";

/// Why golem cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not valid.
    #[error("\"{bind}\" is no address to serve on; write IP or IP:PORT, such as --bind 127.0.0.1:8880")]
    Address {
        /// As it was written.
        bind: String,
    },
    /// The satellite's address is not valid.
    #[error(
        "\"{place}\" is no address for a satellite; write --wyoming-satellite 127.0.0.1:10700, or leave the address out"
    )]
    SatelliteAddress {
        /// As it was written.
        place: String,
    },
    /// Others could use golem without a token.
    #[error(
        "everyone who reaches {address} could use golem: make a token and name it, \
         head -c 24 /dev/urandom | base64 > golem.token; golem serve {flags} --token-file golem.token"
    )]
    NoToken {
        /// The address.
        address: SocketAddr,
        /// The flags that ask for the same protocols at that address.
        flags: String,
    },
    /// Others could use Wyoming, which has no tokens.
    #[error(
        "Wyoming knows no tokens, and everyone who reaches {0} could use golem: name who may, \
         --set 'serve.wyoming_allow=[\"192.168.1.10\"]'"
    )]
    NoPeers(SocketAddr),
    /// The file with the token cannot be read, or holds none.
    #[error("the token file {path} cannot be used: {reason}; its first line is the token, at least 8 characters")]
    Token {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is nothing to serve.
    #[error("there is nothing to serve; type golem serve --openai, --wyoming or --realtimestt")]
    Nothing,
    /// The port is taken, or the address is another machine's.
    #[error(
        "cannot serve on {address}: {reason}; name another place with --bind, --wyoming-port or --wyoming-satellite"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The reason that the system gives.
        reason: String,
    },
    /// A socket that systemd hands over is not a TCP socket.
    #[error(
        "systemd hands over a socket that golem cannot serve on: {0}; write ListenStream=127.0.0.1:8880 into its unit"
    )]
    Inherited(std::io::Error),
    /// Zeroconf would announce an address that only this machine can reach.
    #[error(
        "the network cannot reach {0}, which --zeroconf would announce to it; name an address of this machine's with --bind"
    )]
    Unreachable(SocketAddr),
    /// The network takes no announcements.
    #[error(
        "Wyoming cannot be announced to the network: {0}; leave out --zeroconf, and give clients the address and port"
    )]
    Announcement(String),
    /// A commands file is wrong.
    #[error(transparent)]
    Commands(#[from] CommandError),
    /// The system refuses threads.
    #[error("the system refuses what a server needs: {0}; end other programs and try again")]
    System(#[from] std::io::Error),
}
