//! The settings that all of golem's HTTP clients share: trusted certificates, no proxy, no redirects.

use std::path::Path;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// Files in which Debian, Fedora and openSUSE keep the certificates they trust.
const BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// Settings of an agent that talks to the given address and to no other: it uses no proxy, follows no redirects, and
/// accepts a status of any kind. The caller adds its deadlines.
pub fn agent_config() -> ConfigBuilder<AgentScope> {
    // Prefer the certificates of this machine: they know the servers and proxies of its network. A bare machine has
    // none.
    let own = std::env::var_os("SSL_CERT_FILE").is_some() || BUNDLES.iter().any(|path| Path::new(path).exists());
    let roots = if own { RootCerts::PlatformVerifier } else { RootCerts::WebPki };
    Agent::config_builder()
        .user_agent(concat!("golem/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
}
