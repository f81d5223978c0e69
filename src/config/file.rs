//! Defaults <- file <- environment <- flags.
