//! The `golem` binary.

fn main() {}
