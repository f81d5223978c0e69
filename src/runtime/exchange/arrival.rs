//! Arrivals at the exchange: engines that were made, and better ones that were installed.

use super::factory::{LoadedEngine, Recipe};
use crate::message::Part;

/// An arrival.
#[derive(Debug)]
pub enum Arrival {
    /// An engine was made, or cannot be made.
    LoadOutcome {
        /// Its part.
        part: Part,
        /// Its number.
        number: u64,
        /// The description of the engine, or why it cannot be made.
        outcome: Result<LoadedEngine, String>,
    },
    /// A better engine was installed.
    Found(FoundEngine),
}

/// An engine that the settings choose now, and did not before.
#[derive(Debug)]
pub struct FoundEngine {
    /// Its part.
    pub part: Part,
    /// The recipe that makes it.
    pub recipe: Box<Recipe>,
}
