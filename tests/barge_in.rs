//! The promise that golem falls silent when a person speaks, measured on recordings and on the virtual clock: no wall
//! time is in these figures.

#[path = "common/bench.rs"]
mod bench;

use std::path::Path;

use bench::bench;

/// The cells of the row that begins with `name`.
fn row(table: &str, name: &str) -> Vec<f64> {
    let line = table.lines().find(|line| line.starts_with(&format!("| {name}"))).expect("the row is printed");
    line.split('|').skip(2).filter_map(|cell| cell.trim().parse().ok()).collect()
}

#[test]
fn a_voice_silences_golem_within_a_quarter_of_a_second() {
    let Some(table) = bench("barge-in", &["--count", "80", "--seed", "7"]) else { return };
    println!("{table}");
    let [_, p95, _] = row(&table, "voice onset to last sounding sample")[..] else { panic!("{table}") };
    assert!(p95 <= 250.0, "{table}");
    let [_, p95, _] = row(&table, "decision to silence")[..] else { panic!("{table}") };
    assert!(p95 <= 20.0, "{table}");
    // The detector was trained on people: it misses one of the synthesised voices that stand in for their recordings.
    let people = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/speech/voices").is_dir();
    let missed = table.lines().find_map(|line| line.strip_prefix("interruptions that did not cut: "));
    let missed: usize = missed.and_then(|count| count.parse().ok()).expect("the line is printed");
    assert!(missed <= usize::from(!people), "{table}");
    assert!(table.contains("stale samples after the cut: 0"), "{table}");
    assert!(table.contains("at most 0 in one reply") || table.contains("at most 1 in one reply"), "{table}");
}

#[test]
fn noise_rarely_cuts_and_never_cancels() {
    let noise = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/speech/noise/kitchen");
    if !noise.is_dir() {
        println!("skipped: there are no recordings of noise at {}", noise.display());
        return;
    }
    let Some(table) = bench("barge-in", &["--count", "1", "--noise", &noise.display().to_string()]) else { return };
    let [clips, _, cut, _, cancelled] = row(&table, "kitchen")[..] else { panic!("{table}") };
    assert!(cut / clips <= 0.05, "{table}");
    assert!(cancelled == 0.0, "{table}");
}
