//! Live sessions, in which a client is written down while it speaks: what they hold in common, whatever the protocol.

pub mod desk;
pub mod event;
pub mod figures;
pub mod session;
pub mod settings;
pub mod socket;
pub mod worker;
