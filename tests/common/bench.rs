//! A bench of golem, run by a test that judges its figures.

use std::process::Command;

/// The output of `golem bench NAME ARGUMENTS`; `None`, with a printed reason, where set-up has not been run.
pub fn bench(name: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_golem"));
    command.args(["bench", name]).args(arguments).env("GOLEM_HOME", env!("CARGO_MANIFEST_DIR"));
    let output = command.env("GOLEM_CONFIG", "/nonexistent/golem.toml").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    if told.contains("scripts/golem, which installs it") {
        println!("skipped: {told}");
        return None;
    }
    assert!(output.status.success(), "{told}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
