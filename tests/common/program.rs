//! The golem program as tests run it: from the checkout, with nobody's settings.

use std::path::Path;
use std::process::Command;

/// Golem with these arguments.
pub fn golem(arguments: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut golem = Command::new(env!("CARGO_BIN_EXE_golem"));
    golem.current_dir(root).env("GOLEM_HOME", root).env("GOLEM_CONFIG", "/nonexistent/golem.toml").args(arguments);
    for name in ["GOLEM_LOG", "RUST_LOG"] {
        golem.env_remove(name);
    }
    golem
}
