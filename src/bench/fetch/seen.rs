//! The outcome of a fault, as a person sees it.

use super::rig::Rig;
use super::state::COMMIT;
use crate::model::bytes::Bytes;
use crate::model::record::ModelRecord;

/// The outcome of a fault.
pub struct FaultSeen {
    /// The message that a person reads.
    pub outcome: String,
    /// Bytes that had to be sent again until the model was whole.
    pub again: u64,
    /// What was on the disk after the fault.
    pub left: String,
    /// What the message advises the user to do.
    pub next: String,
}

impl FaultSeen {
    /// The outcome of a fault that ended the fetch.
    pub(super) fn failed(rig: &Rig, error: &dyn std::error::Error) -> Self {
        let (outcome, next) = told(rig, error);
        Self { outcome, again: 0, left: left(rig), next }
    }

    /// The outcome of a fault that did not end it.
    pub(super) fn passed(rig: &Rig) -> Self {
        let told = rig.told.text();
        let reasons: Vec<_> = told.lines().map(|line| line.split("; trying").next().unwrap_or(line)).collect();
        let outcome =
            if reasons.is_empty() { "it is fetched".into() } else { format!("{}; fetched", reasons.join("; ")) };
        Self { outcome, again: again(rig), left: left(rig), next: "none needed".into() }
    }
}

/// What is on the disk under the model's name and in its stage.
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
pub(super) fn told(rig: &Rig, error: &dyn std::error::Error) -> (String, String) {
    let folder = rig.folder.path().display().to_string();
    let text = error.to_string().replace(&rig.hub.endpoint(), "HUB").replace(&folder, "").replace(COMMIT, "COMMIT");
    let pid = format!("process {}", std::process::id());
    let text = text.replace(&pid, "process 4711");
    let at = text.rfind("; ").or_else(|| text.rfind(": "));
    let (what, next) = text.split_at(at.unwrap_or(text.len()));
    (what.to_owned(), next.get(2..).unwrap_or_default().to_owned())
}

/// Bytes that the hub sent beyond those of the model.
pub(super) fn again(rig: &Rig) -> u64 {
    rig.hub.sent().saturating_sub(rig.whole) as u64
}
