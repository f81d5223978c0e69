//! Scenes: tests that run in a process of their own, whose environment names the sound server that they are about.

#![allow(dead_code)] // each test program uses its part

use super::pulse::{Server, control};

/// Set for scenes.
pub const STAGE: &str = "GOLEM_TEST_STAGE";
/// The null sink that the server of a scene begins with.
pub const SINK: &str = "sink_name=golem_test rate=44100 channels=2 sink_properties=device.description=GolemTest";

/// Whether this process was started for a scene.
pub fn on_stage() -> bool {
    std::env::var_os(STAGE).is_some()
}

/// Runs a scene of this test program, one of its tests that need a stage, with a server of its own.
pub fn scene(name: &str) {
    let Some(server) = Server::start(&[SINK]) else { return };
    let program = std::env::current_exe().expect("a test knows its program");
    let output = server
        .client(&program.to_string_lossy())
        .args(["--exact", name, "--nocapture"])
        .env(STAGE, "set")
        .output()
        .expect("a test program can be run");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    print!("{out}");
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("1 passed"), "the scene {name} was not found");
    assert_eq!(err, "", "nothing may be printed behind the screen's back");
}

/// The output of `pactl` with `words` at the server of this scene.
pub fn pactl(words: &[&str]) -> String {
    control(&std::env::var("PULSE_SERVER").expect("set by the parent"), words).expect("the server obeys")
}

/// Loads a null sink with these arguments.
pub fn plug(sink: &str) {
    let words: Vec<&str> = ["load-module", "module-null-sink"].into_iter().chain(sink.split(' ')).collect();
    pactl(&words);
}

/// Unloads the null sink whose arguments hold `word`.
pub fn unplug(word: &str) {
    let modules = pactl(&["list", "short", "modules"]);
    let module = modules.lines().find(|line| line.contains("module-null-sink") && line.contains(word));
    pactl(&["unload-module", module.and_then(|line| line.split_whitespace().next()).expect("it is loaded")]);
}
