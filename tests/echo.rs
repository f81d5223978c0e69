//! A small run of golem over its own echo, alone and with people, on the virtual clock in simulated rooms.

#[path = "common/bench.rs"]
mod bench;

use bench::bench;

/// The numbers of the row that begins with `name`, in the table whose title begins with `table`.
fn row(output: &str, table: &str, name: &str) -> Vec<f64> {
    let rows = output.lines().skip_while(|line| !line.starts_with(&format!("| {table}")));
    let line = rows.skip(2).find(|line| line.starts_with(&format!("| {name} |"))).expect("the row is printed");
    line.split('|').skip(2).filter_map(|cell| cell.trim().trim_end_matches([' ', '%', 'm', 's']).parse().ok()).collect()
}

/// A short closed loop with `canceller`: at least `silent` per cent of the people silence golem within 0.4 s, and at
/// most `never` people do not silence it.
fn is_interrupted_by_people_and_hardly_by_itself(canceller: &str, silent: f64, never: f64) {
    let canceller = format!("echo.canceller={canceller}");
    let mut arguments = "--part closed --hours 0.06 --count 16 --seed 3 --jobs 2".split(' ').collect::<Vec<_>>();
    arguments.extend(["--set", &canceller]);
    let Some(output) = bench("echo", &arguments) else { return };
    println!("{output}");
    let alone = row(&output, "golem alone", "all");
    // In hours of these rooms it does so up to four times an hour: once in four minutes may happen.
    assert!(alone[0] >= 0.06 && alone[1] <= 1.0, "golem fell silent by itself: {output}");
    let people = row(&output, "people over golem", "all");
    let [count, _, found, missed, ..] = people[..] else { panic!("{output}") };
    assert!(count >= 12.0, "most of the 16 come over a reply: {output}");
    assert!(found >= silent && missed <= never, "{output}");
}

#[test]
fn golem_alone_hardly_interrupts_itself_and_people_do() {
    // Of hundreds of people, half are heard within 0.4 s with sonora and seven in ten with aec3. So few people may be
    // less lucky.
    is_interrupted_by_people_and_hardly_by_itself("sonora", 25.0, 5.0);
    is_interrupted_by_people_and_hardly_by_itself("auto", 40.0, 3.0);
}
