//! The tally of the closed loop: self-interruptions by the hour, and people by how soon golem was quieter and silent.

use serde::Serialize;

use crate::metrics::quantile;

/// Seconds within which golem is to be quieter: people hear that as at once.
pub const DUCKED: f64 = 0.2;
/// Seconds within which golem is to be silent: people still accept that.
pub const CUT: f64 = 0.4;

/// One conversation, by the condition that it took place in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TalkRow {
    pub voice: String,
    pub room: &'static str,
    pub kind: &'static str,
    /// Level of the echo relative to what is played, in decibels.
    pub gain: f32,
    pub seconds: f64,
    pub own_ducks: usize,
    /// Seconds at which golem fell silent by itself.
    pub own_cuts: Vec<f64>,
    pub people: Vec<PersonRow>,
}

/// One person: seconds from the onset to what golem did; `None` if it did nothing.
#[derive(Clone, Debug, Serialize)]
pub struct PersonRow {
    /// Level relative to the echo, in decibels.
    pub level: f32,
    pub ducked: Option<f64>,
    pub cut: Option<f64>,
    /// `ducked` if there were no echo.
    pub ducked_unhindered: Option<f64>,
    /// `cut` if there were no echo.
    pub cut_unhindered: Option<f64>,
}

/// Sums over conversations.
#[derive(Clone, Copy, Debug, Default)]
struct Alone {
    seconds: f64,
    ducks: usize,
    cuts: usize,
}

impl Alone {
    fn of<'a>(rows: impl Iterator<Item = &'a TalkRow>) -> Self {
        rows.fold(Self::default(), |sum, row| Self {
            seconds: sum.seconds + row.seconds,
            ducks: sum.ducks + row.own_ducks,
            cuts: sum.cuts + row.own_cuts.len(),
        })
    }

    fn hours(self) -> f64 {
        self.seconds / 3_600.0
    }

    #[allow(clippy::cast_precision_loss)] // counts
    fn ducks_an_hour(self) -> f64 {
        self.ducks as f64 / self.hours().max(1e-9)
    }
}

/// A property of conversations: the beginning of its name, and how to read its value.
type Property = (&'static str, fn(&TalkRow) -> String);

const PROPERTIES: [Property; 5] = [
    ("", |_| "all".into()),
    ("voice ", |row| row.voice.clone()),
    ("room ", |row| row.room.into()),
    ("echo of ", |row| format!("{} dB", row.gain)),
    ("", |row| row.kind.into()),
];

/// The groups of conversations: all of them, then those of each voice, room, level and disturbance.
fn groups(rows: &[TalkRow]) -> Vec<(String, Vec<&TalkRow>)> {
    let mut groups: Vec<(String, Vec<&TalkRow>)> = Vec::new();
    for (prefix, property) in PROPERTIES {
        let begin = groups.len();
        for row in rows {
            let name = format!("{prefix}{}", property(row));
            match groups[begin..].iter_mut().find(|(known, _)| *known == name) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((name, vec![row])),
            }
        }
        groups[begin..].sort_by(|one, other| one.0.cmp(&other.0));
    }
    groups
}

/// Events that may lie behind `count` observed ones: if more were expected, as few would come in less than 5 of 100
/// cases (Poisson).
#[allow(clippy::cast_precision_loss)] // counts
pub fn at_most(count: usize) -> f64 {
    let as_few = |expected: f64| -> f64 {
        let terms = (0..=count).scan(1.0, |term, n| {
            *term *= if n == 0 { 1.0 } else { expected / n as f64 };
            Some(*term)
        });
        terms.sum::<f64>() * (-expected).exp()
    };
    let (mut low, mut high) = (0.0, 10.0 + 3.0 * count as f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if as_few(middle) > 0.05 { low = middle } else { high = middle }
    }
    high
}

/// Prints what golem did while no one spoke.
pub fn print_alone(rows: &[TalkRow]) {
    if rows.is_empty() {
        return;
    }
    println!("\n| golem alone | hours | fell silent by itself | an hour, at most (95 %) | lowered itself, an hour |");
    println!("|---|---|---|---|---|");
    for (name, rows) in groups(rows) {
        let alone = Alone::of(rows.into_iter());
        println!(
            "| {name} | {:.2} | {} | {:.1} | {:.0} |",
            alone.hours(),
            alone.cuts,
            at_most(alone.cuts) / alone.hours().max(1e-9),
            alone.ducks_an_hour()
        );
    }
}

/// Percent of `times` that are at most `seconds`; `None` counts as never.
#[allow(clippy::cast_precision_loss)] // people
pub fn percent(times: &[Option<f64>], seconds: f64) -> f64 {
    100.0 * times.iter().flatten().filter(|late| **late <= seconds).count() as f64 / times.len().max(1) as f64
}

/// Prints how soon people were heard.
pub fn print_people(rows: &[TalkRow]) {
    let all: Vec<&PersonRow> = rows.iter().flat_map(|row| &row.people).collect();
    if all.is_empty() {
        return;
    }
    println!(
        "\n| people over golem | people | quieter within 200 ms | silent within 400 ms | never | silent after, p50 | p95 |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, rows) in groups(rows) {
        let people: Vec<&PersonRow> = rows.into_iter().flat_map(|row| &row.people).collect();
        print_group(&name, &people, |person| (person.ducked, person.cut));
    }
    let mut levels: Vec<f32> = all.iter().map(|person| person.level).collect();
    levels.sort_by(f32::total_cmp);
    levels.dedup();
    for level in levels {
        let same: Vec<&PersonRow> =
            all.iter().copied().filter(|person| person.level.total_cmp(&level).is_eq()).collect();
        print_group(&format!("{level:+} dB beside the echo"), &same, |person| (person.ducked, person.cut));
    }
    print_group("the same voices without an echo", &all, |person| (person.ducked_unhindered, person.cut_unhindered));
    let alone = Alone::of(rows.iter());
    println!(
        "\nWhile they did not speak, in {:.2} hours, golem fell silent by itself {} times and lowered itself {:.0} times an hour.",
        alone.hours(),
        alone.cuts,
        alone.ducks_an_hour()
    );
}

fn print_group(name: &str, people: &[&PersonRow], of: fn(&PersonRow) -> (Option<f64>, Option<f64>)) {
    let (ducked, cut): (Vec<_>, Vec<_>) = people.iter().map(|person| of(person)).unzip();
    let mut silent: Vec<f64> = cut.iter().flatten().copied().collect();
    silent.sort_by(f64::total_cmp);
    let at = |q| quantile(&silent, q).map_or("-".into(), |seconds| format!("{:.0} ms", seconds * 1_000.0));
    println!(
        "| {name} | {} | {:.1} % | {:.1} % | {} | {} | {} |",
        people.len(),
        percent(&ducked, DUCKED),
        percent(&cut, CUT),
        cut.len() - silent.len(),
        at(0.5),
        at(0.95)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_that_of_poisson() {
        for (count, bound) in [(0, 2.996), (1, 4.744), (2, 6.296), (10, 16.962)] {
            assert!((at_most(count) - bound).abs() < 0.001, "{count}: {}", at_most(count));
        }
    }

    #[test]
    fn who_is_never_heard_counts_as_late() {
        assert!((percent(&[Some(0.1), Some(0.3), None, Some(0.2)], 0.2) - 50.0).abs() < 1e-9);
        assert!(percent(&[], 0.2).abs() < 1e-9);
    }

    #[test]
    fn conversations_are_grouped_by_each_of_their_properties() {
        let row =
            |voice: &str, gain| TalkRow { voice: voice.into(), room: "hall", kind: "clip", gain, ..TalkRow::default() };
        let rows = [row("piper", -6.0), row("espeak", -6.0), row("piper", -12.0)];
        let names: Vec<_> = groups(&rows).into_iter().map(|(name, rows)| (name, rows.len())).collect();
        let expected = [
            ("all", 3),
            ("voice espeak", 1),
            ("voice piper", 2),
            ("room hall", 3),
            ("echo of -12 dB", 1),
            ("echo of -6 dB", 2),
            ("clip", 3),
        ];
        assert_eq!(names, expected.map(|(name, count)| (name.to_string(), count)));
    }
}
