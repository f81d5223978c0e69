//! A minute of `scripts/soak`: golem talks and stays as it was.

#[path = "common/live.rs"]
mod live;
#[path = "common/script.rs"]
mod script;

#[test]
fn a_minute_of_conversation_leaves_threads_and_handles_as_they_were() {
    let nowhere = ["--minutes", "1", "--growth", "24", "--recordings", "/nonexistent"];
    let Some(output) = script::run("soak", &nowhere) else { return };
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}");
    assert!(output.status.success(), "{errors}\n{told}");
    assert!(told.contains("threads and") && told.lines().count() >= 6, "{told}");
}
