//! Families of metrics, and their format for Prometheus.

use std::fmt::Write as _;

use super::histogram::Histogram;

/// The kind of a family's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricKind {
    Counter,
    Gauge,
    Histogram,
}

impl MetricKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A figure.
#[derive(Debug)]
pub(crate) enum SampleValue<'a> {
    /// A count or a present value.
    Number(u64),
    /// A distribution of values.
    Spread(&'a Histogram),
}

/// Figures of one name, each with a value of the family's label, if there is one.
pub(crate) struct MetricFamily<'a> {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: MetricKind,
    pub(crate) label: &'static str,
    pub(crate) samples: Vec<(&'static str, SampleValue<'a>)>,
}

pub(crate) fn counter<'a>(name: &'static str, help: &'static str, value: u64) -> MetricFamily<'a> {
    MetricFamily { name, help, kind: MetricKind::Counter, label: "", samples: vec![("", SampleValue::Number(value))] }
}

pub(crate) fn gauge<'a>(name: &'static str, help: &'static str, value: u64) -> MetricFamily<'a> {
    MetricFamily { kind: MetricKind::Gauge, ..counter(name, help, value) }
}

pub(crate) fn counters<'a>(
    name: &'static str,
    help: &'static str,
    label: &'static str,
    labels: &[&'static str],
    values: &[u64],
) -> MetricFamily<'a> {
    let samples = labels.iter().zip(values).map(|(label, value)| (*label, SampleValue::Number(*value))).collect();
    MetricFamily { name, help, kind: MetricKind::Counter, label, samples }
}

pub(crate) fn spreads<'a>(
    name: &'static str,
    help: &'static str,
    label: &'static str,
    labels: &[&'static str],
    values: &'a [Histogram],
) -> MetricFamily<'a> {
    let samples = labels.iter().zip(values).map(|(label, value)| (*label, SampleValue::Spread(value))).collect();
    MetricFamily { name, help, kind: MetricKind::Histogram, label, samples }
}

/// Families in Prometheus' text format 0.0.4.
pub(crate) fn prometheus(families: &[MetricFamily]) -> String {
    let mut text = String::new();
    for MetricFamily { name, help, kind, label, samples } in families {
        // Ignore the results: writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {}", escaped_help(help), kind.name());
        for (value, sample) in samples {
            match sample {
                SampleValue::Number(number) => {
                    let _ = writeln!(text, "{name}{} {number}", labels(&[(label, value)]));
                }
                SampleValue::Spread(spread) => write_spread(&mut text, name, (label, value), spread),
            }
        }
    }
    text
}

fn write_spread(text: &mut String, name: &str, label: (&str, &str), spread: &Histogram) {
    for (bound, upto) in spread.cumulative() {
        let bound = if bound.is_finite() { bound.to_string() } else { "+Inf".into() };
        let _ = writeln!(text, "{name}_bucket{} {upto}", labels(&[label, ("le", &bound)]));
    }
    let own = labels(&[label]);
    let _ = writeln!(text, "{name}_sum{own} {}\n{name}_count{own} {}", spread.sum(), spread.count());
}

/// `{name="value"}`, escaped as the format asks; empty if no label has a name.
fn labels(pairs: &[(&str, &str)]) -> String {
    let named = pairs.iter().filter(|(name, _)| !name.is_empty());
    let pairs: Vec<_> = named
        .map(|(name, value)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

fn escaped_help(help: &str) -> String {
    help.replace('\\', "\\\\").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_a_line() {
        assert_eq!(labels(&[("a", "b\"\\\n")]), r#"{a="b\"\\\n"}"#);
        assert_eq!(labels(&[("", "x")]), "");
        assert_eq!(labels(&[("", ""), ("le", "0.1")]), r#"{le="0.1"}"#);
        assert_eq!(escaped_help("a\\\nb"), "a\\\\\\nb");
    }
}
