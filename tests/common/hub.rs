//! Helpers of the tests of a fetch: the rig, a fetch that must succeed, and one that must fail.

use golem::bench::fetch::hub::{COMMIT, content};
use golem::bench::fetch::rig::{CONFIG, LENGTH, NAME, Rig};
use golem::model::error::ModelError;
use golem::model::fetch::FetchOutcome;
use golem::model::record::ModelRecord;
use golem::model::stage::PARTIAL;

/// A hub with one model on it, and an empty models folder.
pub fn rig() -> Rig {
    Rig::new().unwrap()
}

/// Fetches the model, which has to succeed, and to be whole.
#[track_caller]
pub fn fetch_well(rig: &Rig) {
    let outcome = rig.fetch().unwrap_or_else(|error| panic!("{error}\n{}", rig.told.text()));
    assert_eq!(outcome, FetchOutcome::Fetched(rig.place()));
    assert_eq!(std::fs::read(rig.place().join("model.bin")).unwrap(), content(1, LENGTH));
    assert_eq!(std::fs::read(rig.place().join("config.json")).unwrap(), CONFIG);
    let record = ModelRecord::read(&rig.place()).unwrap().unwrap();
    assert_eq!(record.revision.as_deref(), Some(COMMIT));
    assert_eq!(record.bytes(), (LENGTH + CONFIG.len()) as u64);
    assert!(!rig.models().join(PARTIAL).join(NAME).exists(), "the stage is left");
}

/// Fetches the model, which has to fail and to leave nothing under its name.
#[track_caller]
pub fn fetch_badly(rig: &Rig) -> ModelError {
    let error = rig.fetch().unwrap_err();
    assert!(!rig.place().exists(), "half a model stands under its name");
    error
}
