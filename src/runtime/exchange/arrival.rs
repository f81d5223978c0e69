//! Arrivals at the exchange: engines that were made, and better ones that were installed.

use super::shop::{Fresh, Recipe};
use crate::message::Part;

/// An arrival.
#[derive(Debug)]
pub enum Arrival {
    /// An engine is whole, or will never be.
    Made {
        /// For which part.
        part: Part,
        /// Its number.
        number: u64,
        /// What came of it.
        outcome: Result<Fresh, String>,
    },
    /// Something better has been installed.
    Found(FoundEngine),
}

/// Something that the settings choose now, and did not before.
#[derive(Debug)]
pub struct FoundEngine {
    /// For which part.
    pub part: Part,
    /// What it is made from.
    pub recipe: Box<Recipe>,
}
