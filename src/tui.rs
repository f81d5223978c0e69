//! shim
use super::control::*;
use std::sync::{Arc,atomic::AtomicBool};
use crossbeam_channel::{Receiver,Sender};
/// s
pub mod plain { use super::*; /// s
 pub fn run_plain(_:Receiver<Update>,_:Sender<Command>,_:Arc<AtomicBool>,_:bool)->anyhow::Result<()>{Ok(())}}
/// s
pub fn run(_:Receiver<Update>,_:Sender<Command>,_:Arc<AtomicBool>)->anyhow::Result<()>{Ok(())}
