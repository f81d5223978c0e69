//! Hostile clients, which must neither delay golem nor grow it: a short `scripts/hostile`.

#[path = "common/live.rs"]
mod live;
#[path = "common/script.rs"]
mod script;

#[test]
fn bad_clients_cost_golem_nothing() {
    let short = ["--seconds", "2", "--connections", "300"];
    let Some(output) = script::run("hostile", &short) else { return };
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}");
    assert!(output.status.success(), "{errors}\n{told}");
    assert!(told.contains("| a thousand connections |") && told.contains("| nobody again |"), "{told}");
}
