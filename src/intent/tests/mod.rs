//! Tests of commands as a whole, from files to meanings.

mod meaning;
mod properties;
