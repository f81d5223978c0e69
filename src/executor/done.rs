//! The result of a deed: exit status, output, and the deed that undoes it.

use std::process::Child;

use crate::order::Deed;
use crate::phrases::Failure;

/// Most bytes kept of a program's output.
pub const KEPT: usize = 4096;

/// The result of a deed, with the first [`KEPT`] bytes of its output.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) status: Option<i32>,
    pub(super) output: String,
    pub(super) failure: Option<Failure>,
    /// The deed that undoes it.
    pub(super) undo: Option<Deed>,
    /// A program that stays open.
    pub(super) child: Option<Child>,
}
