//! The result of a deed: exit status, output, and what takes it back.

use std::process::Child;

use crate::order::Deed;
use crate::phrases::Failure;

/// Bytes kept of what a program prints.
pub const KEPT: usize = 4096;

/// What a deed left: the exit status and the first [`KEPT`] bytes of what was printed.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) status: Option<i32>,
    pub(super) output: String,
    pub(super) failure: Option<Failure>,
    /// What takes it back.
    pub(super) undo: Option<Deed>,
    /// A program that was left open.
    pub(super) child: Option<Child>,
}
