//! The recommendation of a profile for a machine, by three rules: the models take at most half of the memory, they fit
//! on the disk, and the first words of a reply come within [`PATIENCE_MS`].

use super::{Level, ProfilePlan, SpokenLanguages, cores, plan, seconds};
use crate::model::catalogue::{Catalogue, CatalogueError, MB};
use crate::model::machine::{Machine, gb};

/// Longest wait for the first words that a recommendation allows, in milliseconds.
pub const PATIENCE_MS: u64 = 3_000;
/// Disk that is left free, in bytes.
const DISK_LEFT: u64 = 1_000_000_000;

/// A recommendation.
#[derive(Clone, Debug)]
pub struct Advice<'a> {
    /// The best profile that keeps the rules; `None` where only the starter pack does.
    pub plan: Option<ProfilePlan<'a>>,
    /// Why, a line for each profile looked at, the best first.
    pub reasons: Vec<String>,
}

/// The best profile for `machine` that keeps the rules. A part of the machine that is unknown breaks none of them, but
/// without knowing the memory nothing above `tiny` is recommended.
///
/// # Errors
/// [`CatalogueError::Unknown`] as [`plan`].
pub fn recommend<'a>(
    machine: &Machine,
    catalogue: &'a Catalogue,
    speech: SpokenLanguages,
) -> Result<Advice<'a>, CatalogueError> {
    let mut reasons = Vec::new();
    for level in Level::ALL.into_iter().rev() {
        let plan = plan(catalogue, level, speech)?;
        let broken = broken(machine, &plan);
        if broken.is_empty() {
            let [_, wait] = plan.feel(machine.cores);
            reasons.push(format!("{level}: {}; {wait}", plan.cost()));
            return Ok(Advice { plan: Some(plan), reasons });
        }
        reasons.push(format!("not {level}: {}", broken.join("; ")));
    }
    reasons.push("the starter pack, which golem brings along, runs here".into());
    Ok(Advice { plan: None, reasons })
}

/// The rules that `plan` would break on `machine`.
fn broken(machine: &Machine, plan: &ProfilePlan) -> Vec<String> {
    let mut broken = Vec::new();
    let memory = plan.memory_mb().saturating_mul(MB);
    match machine.memory {
        Some(has) if memory > has.usable / 2 => {
            broken.push(format!("it needs {} of memory, half of this machine's is {}", gb(memory), gb(has.usable / 2)));
        }
        None if plan.level > Level::Tiny => broken.push("how much memory there is, is unknown".into()),
        _ => {}
    }
    let size = plan.size().bytes;
    if let Some(free) = machine.disk.filter(|free| size.saturating_add(DISK_LEFT) > *free) {
        broken.push(format!("it needs {} of disk and 1.0 GB to spare, {} is free", gb(size), gb(free)));
    }
    let wait = plan.wait_ms(machine.cores);
    if wait > PATIENCE_MS {
        let (wait, patience) = (seconds(wait), seconds(PATIENCE_MS));
        broken.push(format!("its first words would take about {wait} on {}, not {patience}", cores(machine.cores)));
    }
    broken
}
