//! Promises of the dialogue, one scenario a file (`fixtures/scenarios`), on a virtual clock with simulated engines.
//!
//! A scenario says what the person does (`steps`), what the engines are like, and which lines of the trace must appear
//! in this order (`expect`, with the time in milliseconds ± one frame) or not at all (`never`).

#[path = "scenarios/script.rs"]
mod script;
#[path = "scenarios/speaker.rs"]
mod speaker;
#[path = "scenarios/trace.rs"]
mod trace;
#[path = "scenarios/world.rs"]
mod world;

use std::path::Path;

use script::Scenario;
use trace::Line;
use world::World;

/// Length of a frame in milliseconds: how far a moment may be off.
const FRAME: u64 = 32;

fn scenarios() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios");
    let files = std::fs::read_dir(folder).expect("the scenarios are in the repository");
    let mut paths: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
    paths.sort();
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        let scenario = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, scenario)
    };
    paths.iter().map(|path| read(path)).collect()
}

/// What is wrong with a run, if anything.
fn judge(scenario: &Scenario, world: &World) -> Result<(), String> {
    let mut rest = world.trace.iter();
    for wanted in &scenario.expect {
        let (at, pattern) = Line::wanted(wanted);
        let fits = |line: &&Line| line.is(pattern) && at.is_none_or(|at| line.at.abs_diff(at) <= FRAME);
        rest.find(fits).ok_or_else(|| format!("expected in this place: {wanted}"))?;
    }
    for unwanted in &scenario.never {
        let (at, pattern) = Line::wanted(unwanted);
        let found = world.trace.iter().find(|line| line.is(pattern) && at.is_none_or(|at| line.at >= at));
        found.map_or(Ok(()), |line| Err(format!("must not happen: {line}")))?;
    }
    let history: Vec<_> = world.dialog.history().messages().iter().map(trace::message).collect();
    if scenario.history.as_ref().is_some_and(|wanted| *wanted != history) {
        return Err(format!("history is {history:#?}"));
    }
    let state = trace::state(world.dialog.state());
    if state != scenario.state {
        return Err(format!("ends in state {state}, not {}", scenario.state));
    }
    Ok(())
}

#[test]
fn every_scenario_goes_as_written() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 45, "only {} scenarios were found", scenarios.len());
    let mut wrong = Vec::new();
    for (name, scenario) in &scenarios {
        let mut world = World::new(scenario);
        world.run();
        if let Err(reason) = judge(scenario, &world) {
            let trace = world.trace.iter().map(|line| format!("  {line}\n")).collect::<Vec<_>>().concat();
            wrong.push(format!("{name} ({}): {reason}\n{trace}", scenario.promise));
        }
    }
    assert!(wrong.is_empty(), "{} of {} scenarios went wrong\n{}", wrong.len(), scenarios.len(), wrong.join("\n"));
}
