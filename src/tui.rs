//! shim
use super::control::*;
use crossbeam_channel::{Receiver, Sender};
use std::sync::{Arc, atomic::AtomicBool};
/// s
pub mod plain {
    use super::*;
    /// s
    pub fn run_plain(_: Receiver<Update>, _: Sender<Command>, _: Arc<AtomicBool>, _: bool) -> anyhow::Result<()> {
        Ok(())
    }
}
/// s
pub fn run(_: Receiver<Update>, _: Sender<Command>, _: Arc<AtomicBool>) -> anyhow::Result<()> {
    Ok(())
}
