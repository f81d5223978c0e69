//! oneDNN, which `build.rs` finds or compiles; there is no Rust in it.
#![no_std]
