//! The answers of a running golem in text for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::control::tally::Status;
use crate::control::wire::Response;
use crate::control::{Mode, Offer, Part, clean};
use crate::metrics::{MOMENTS, STAGES, Spread, Summary};

/// Width of the first column.
const LABEL: usize = 14;

/// An answer in words; empty for a refusal, which the caller reports.
pub fn shown(answer: &Response) -> String {
    match answer {
        Response::Ok { text } if text.is_empty() => String::new(),
        Response::Ok { text } => format!("{text}\n"),
        Response::Status(status) => status_lines(status),
        Response::Metrics(figures) => metrics_lines(figures),
        Response::Refused { .. } => String::new(),
    }
}

/// The offers, by part; a star marks the one in use.
pub fn offered(offers: &[Offer]) -> String {
    let mut text = String::new();
    for part in Part::SWITCHABLE {
        if !offers.iter().any(|offer| offer.part == part) && matches!(part, Part::Asr | Part::Llm) {
            continue;
        }
        let title = part.name();
        let _ = writeln!(text, "{title}");
        for offer in offers.iter().filter(|offer| offer.part == part) {
            let mark = if offer.current { "*" } else { " " };
            let what = if offer.what.is_empty() { String::new() } else { format!("  ({})", offer.what) };
            let _ = writeln!(text, "{}", clean(&format!("  {mark} {}{what}", offer.name)));
        }
    }
    text
}

fn status_lines(status: &Status) -> String {
    let state = match (&status.fatal, status.ready, status.muted) {
        (Some(reason), _, _) => format!("failed: {reason}"),
        (None, false, _) => "starting".into(),
        (None, true, true) => "muted".into(),
        (None, true, false) if status.waiting => "waiting for the wake phrase".into(),
        (None, true, false) => format!("{:?}", status.state).to_lowercase(),
    };
    let mode = if status.mode == Mode::Intent { "commands only" } else { "conversation" };
    let mut text = format!(
        "{state}, {mode}\ngolem {}, process {}, running for {}, followed by {}\n",
        status.golem,
        status.pid,
        time(status.uptime),
        status.subscribers
    );
    for part in &status.parts {
        let _ = writeln!(text, "  {:<12} {}", part.part, clean(&part.what));
    }
    if let Some(folder) = &status.recording {
        let _ = writeln!(text, "  recording    {}", clean(folder));
    }
    if status.dropped > 0 {
        let _ = writeln!(text, "  {} samples of the microphone dropped", status.dropped);
    }
    text
}

fn metrics_lines(figures: &Summary) -> String {
    let of = |counts: &BTreeMap<String, u64>, name: &str| counts.get(name).copied().unwrap_or(0);
    let heard = |name: &str| of(&figures.transcripts, name);
    let command = |name: &str| of(&figures.commands, name);
    let barge_ins = figures.barge_ins;
    #[allow(clippy::cast_precision_loss)] // for people
    let memory = figures.memory as f64 / f64::from(1 << 20);
    let rows = [
        (
            "process",
            format!(
                "{memory:.0} MiB, {} threads, {} files, running for {}",
                figures.threads,
                figures.files,
                time(figures.uptime)
            ),
        ),
        ("voices", format!("{}, false wakes {}", figures.voices, figures.false_wakes)),
        (
            "understood",
            format!(
                "words {}, typed {}; ghosts rejected {}, empty {}, backchannels {}, stops {}",
                heard("words"),
                figures.typed,
                heard("ghost"),
                heard("empty"),
                heard("backchannel"),
                heard("stop")
            ),
        ),
        (
            "replies",
            format!(
                "heard whole {}, in part {}, not at all {}",
                of(&figures.replies, "whole"),
                of(&figures.replies, "part"),
                of(&figures.replies, "nothing")
            ),
        ),
        (
            "barge-ins",
            format!(
                "lowered {}, cut {}: resumed {}, cancelled {}",
                barge_ins.lowered, barge_ins.cut, barge_ins.resumed, barge_ins.cancelled
            ),
        ),
        (
            "commands",
            format!(
                "accepted {}, refused {}; done {}, failed {}",
                command("accepted"),
                command("refused"),
                command("done"),
                command("failed")
            ),
        ),
        ("errors", listed(&figures.errors)),
        ("dropped", format!("samples of the microphone {}, events for slow readers {}", figures.dropped, figures.lost)),
    ];
    let mut text = String::new();
    for (label, row) in rows {
        let _ = writeln!(text, "{label:<LABEL$}{row}");
    }
    if let Some(factor) = figures.real_time_factor {
        let Spread { p50, p95, max, .. } = factor;
        let _ = writeln!(text, "{:<LABEL$}median {p50:.2}, p95 {p95:.2}, most {max:.2}", "real time");
    }
    times(&mut text, "until", &MOMENTS, &figures.latency);
    times(&mut text, "stage", &STAGES, &figures.stages);
    text
}

/// A table of milliseconds, of the stages that were ever timed.
fn times(text: &mut String, title: &str, order: &[&str], spreads: &BTreeMap<String, Spread>) {
    if spreads.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title:<LABEL$}{:>7}{:>9}{:>9}{:>9}", "turns", "median", "p95", "most");
    for (name, spread) in order.iter().filter_map(|name| Some((name, spreads.get(*name)?))) {
        let [p50, p95, max] = [spread.p50, spread.p95, spread.max].map(|seconds| format!("{:.0} ms", seconds * 1e3));
        let _ = writeln!(text, "{name:<LABEL$}{:>7}{p50:>9}{p95:>9}{max:>9}", spread.count);
    }
}

/// Counts above zero; `none` when all are zero.
fn listed(counts: &BTreeMap<String, u64>) -> String {
    let some: Vec<_> =
        counts.iter().filter(|(_, count)| **count > 0).map(|(name, count)| format!("{name} {count}")).collect();
    if some.is_empty() { "none".into() } else { some.join(", ") }
}

/// Seconds as people say them.
fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Ready;
    use crate::metrics::BargeIns;

    #[test]
    fn a_status_reads_at_a_glance() {
        let part = Ready { part: Part::Asr, what: "whisper base".into(), why: String::new(), at: None };
        let status = Status {
            golem: "1.0".into(),
            pid: 7,
            uptime: 4000,
            ready: true,
            muted: true,
            parts: vec![part],
            ..Status::default()
        };
        assert_eq!(
            status_lines(&status),
            "muted, conversation\ngolem 1.0, process 7, running for 1 h 6 min, followed by 0\n  ears         whisper base\n"
        );
        assert!(status_lines(&Status::default()).starts_with("starting"));
    }

    #[test]
    fn figures_are_a_table() {
        let spread = |p50, p95, max| Spread { count: 3, p50, p95, max };
        let figures = Summary {
            uptime: 61,
            memory: 92 << 20,
            threads: 14,
            files: 40,
            voices: 9,
            false_wakes: 2,
            transcripts: [("ghost".to_string(), 1), ("words".to_string(), 7)].into(),
            barge_ins: BargeIns { lowered: 5, cut: 4, resumed: 1, cancelled: 3 },
            errors: [("asr".to_string(), 1), ("llm".to_string(), 0)].into(),
            dropped: 512,
            latency: [("words".to_string(), spread(0.6, 0.75, 0.8)), ("endpoint".to_string(), spread(0.5, 0.52, 0.6))]
                .into(),
            real_time_factor: Some(spread(0.21, 0.3, 0.4)),
            ..Summary::default()
        };
        assert_eq!(
            metrics_lines(&figures),
            "process       92 MiB, 14 threads, 40 files, running for 1 min\n\
             voices        9, false wakes 2\n\
             understood    words 7, typed 0; ghosts rejected 1, empty 0, backchannels 0, stops 0\n\
             replies       heard whole 0, in part 0, not at all 0\n\
             barge-ins     lowered 5, cut 4: resumed 1, cancelled 3\n\
             commands      accepted 0, refused 0; done 0, failed 0\n\
             errors        asr 1\n\
             dropped       samples of the microphone 512, events for slow readers 0\n\
             real time     median 0.21, p95 0.30, most 0.40\n\
             \n\
             until           turns   median      p95     most\n\
             endpoint            3   500 ms   520 ms   600 ms\n\
             words               3   600 ms   750 ms   800 ms\n"
        );
    }

    #[test]
    fn offers_are_listed_by_part_and_what_is_in_use_is_marked() {
        let offer =
            |part, name: &str, what: &str, current| Offer { part, name: name.into(), what: what.into(), current };
        let offers = [offer(Part::Tts, "ru", "Russian", false), offer(Part::Capture, "USB", "", true)];
        assert_eq!(offered(&offers), "microphone\n  * USB\nloudspeaker\nvoice\n    ru  (Russian)\n");
    }
}
