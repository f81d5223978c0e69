//! The plan of a fetch: the files of a model, and where they come from.

use crate::model::digest::Expected;

/// A file to fetch.
#[derive(Clone, Debug)]
pub(super) struct PlannedFile {
    /// Its address.
    pub(super) url: String,
    /// Its path in the model's folder.
    pub(super) place: String,
    /// Its length, where it is known.
    pub(super) bytes: Option<u64>,
    /// Its expected digest.
    pub(super) expected: Expected,
}

/// All files of a model.
#[derive(Clone, Debug, Default)]
pub(super) struct FetchPlan {
    /// The commit, where the source has commits.
    pub(super) revision: Option<String>,
    pub(super) wants: Vec<PlannedFile>,
}
