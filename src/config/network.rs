//! IP addresses and networks, as settings name those that may connect.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A network such as `192.168.1.0/24`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpNetwork {
    address: IpAddr,
    /// The leading bits that all its addresses have in common.
    bits: u32,
}

impl IpNetwork {
    /// Whether the network has this address. An IPv4 address counts as such where IPv6 carries it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, other) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (u128::from(own.to_bits()), u128::from(other.to_bits())),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits()),
            _ => return false,
        };
        // A network of no bits has every address: then the shift is as wide as the number, and gives nothing.
        (own ^ other).checked_shr(width(self.address) - self.bits).unwrap_or(0) == 0
    }
}

/// The bits of an address.
fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl TryFrom<String> for IpNetwork {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (address, bits) = text.split_once('/').map_or((&text[..], None), |(address, bits)| (address, Some(bits)));
        let network = address.parse::<IpAddr>().ok().and_then(|address| {
            let bits = bits.map_or(Some(width(address)), |bits| bits.parse().ok())?;
            (bits <= width(address)).then_some(Self { address, bits })
        });
        network.ok_or_else(|| {
            format!(
                "\"{text}\" is no IP address and no network: write it as in 192.168.1.10, 192.168.1.0/24 or fe80::/10"
            )
        })
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let Self { address, bits } = self;
        if *bits == width(*address) { write!(out, "{address}") } else { write!(out, "{address}/{bits}") }
    }
}

impl From<IpNetwork> for String {
    fn from(network: IpNetwork) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::serve::ServeConfig;

    fn network(text: &str) -> IpNetwork {
        IpNetwork::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_network_has_the_addresses_that_begin_with_its_bits() {
        for (text, address, has) in [
            ("192.168.1.10", "192.168.1.10", true),
            ("192.168.1.10", "192.168.1.11", false),
            ("192.168.1.0/24", "192.168.1.255", true),
            ("192.168.1.77/24", "192.168.1.1", true),
            ("192.168.1.0/24", "192.168.2.0", false),
            ("192.168.1.0/24", "::ffff:192.168.1.5", true),
            ("10.0.0.0/9", "10.127.255.255", true),
            ("10.0.0.0/9", "10.128.0.0", false),
            ("fe80::/10", "febf::1", true),
            ("fe80::/10", "fec0::1", false),
            ("fe80::1", "fe80::1", true),
            ("fe80::1", "fe80::2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("::/0", "2001:db8::1", true),
            ("::/0", "203.0.113.9", false),
        ] {
            assert_eq!(network(text).contains(address.parse().unwrap()), has, "{address} in {text}");
        }
    }

    #[test]
    fn a_network_is_written_as_it_was_read() {
        for text in ["192.168.1.10", "192.168.1.0/24", "0.0.0.0/0", "fe80::/10", "fe80::1"] {
            assert_eq!(network(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_network_is_refused_with_what_to_write() {
        for text in
            ["", "192.168.1", "1.2.3.4/33", "fe80::/129", "1.2.3.4/", "1.2.3.4/-1", "/24", "1.2.3.4/8/8", "kitchen"]
        {
            let error = toml::from_str::<ServeConfig>(&format!("wyoming_allow = [\"{text}\"]")).unwrap_err();
            let reason = error.message();
            assert!(reason.contains(&format!("\"{text}\"")) && reason.contains("192.168.1.0/24"), "{reason}");
        }
        let serve: ServeConfig = toml::from_str("wyoming_allow = [\"192.168.1.10\", \"fe80::/10\"]").unwrap();
        assert_eq!(serve.wyoming_allow, [network("192.168.1.10"), network("fe80::/10")]);
    }
}
