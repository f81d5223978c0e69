//! Kills of golem in the middle of a turn, again and again: a short version of `scripts/kill-test`.

#[path = "common/live.rs"]
mod live;
#[path = "common/script.rs"]
mod script;

#[test]
fn a_golem_that_is_killed_keeps_its_history_and_starts_again() {
    let Some(output) = script::run("kill-test", &["--rounds", "4", "--longest", "3"]) else { return };
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}");
    assert!(output.status.success(), "{errors}");
    assert!(told.contains("| starts after a kill | 4 of 4 clean |"), "{told}");
}
