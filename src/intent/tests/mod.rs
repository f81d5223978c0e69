//! Commands as a whole, from files to meanings.

mod meaning;
mod properties;
