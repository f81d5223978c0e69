//! The drawing of latency: a strip for each turn, its stages side by side, and the trend over the turns.

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::theme::{Theme, dim};
use crate::message::Ledger;
use crate::metrics::quantile;

/// The stages in order: a mark that distinguishes them without colours, a colour, a word.
const STAGES: [(&str, Color, &str); 4] = [
    ("░", Color::Reset, "end"),
    ("▒", Color::Green, "words"),
    ("▓", Color::Magenta, "token"),
    ("█", Color::Cyan, "sound"),
];
/// The bars of a trend, lowest first.
const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Milliseconds from the end of speech to each stage. A skipped stage took no time; the list ends before a stage that
/// was not reached.
fn moments(ledger: &Ledger) -> Vec<f64> {
    let stages = [ledger.endpoint, ledger.transcript, ledger.first_token, ledger.first_sample];
    let last = stages.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let mut before = 0.0_f64;
    let moment = |stage: &Option<f64>| {
        let ms = stage.unwrap_or(0.0) * 1e3;
        before = before.max(if ms.is_finite() { ms } else { 0.0 });
        before
    };
    stages[..last].iter().map(moment).collect()
}

/// Milliseconds to the first sound.
fn wait(ledger: &Ledger) -> Option<f64> {
    ledger.first_sample.filter(|seconds| seconds.is_finite()).map(|seconds| seconds * 1e3)
}

fn ink(theme: Theme, color: Color) -> Style {
    if color == Color::Reset { dim() } else { theme.ink(color) }
}

/// The stages side by side, on a scale of `most` milliseconds to `columns`.
fn strip(theme: Theme, ledger: &Ledger, most: f64, columns: u16) -> Vec<Span<'static>> {
    let mut from = 0;
    let cells = |ms: f64| {
        let share = (ms / most.max(1.0)).clamp(0.0, 1.0) * f64::from(columns);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most `columns`
        let cells = share.round() as usize;
        cells
    };
    let stage = |(ms, (mark, color, _)): (f64, (&str, Color, &str))| {
        let to = cells(ms).max(from);
        let part = Span::styled(mark.repeat(to - from), ink(theme, color));
        from = to;
        part
    };
    moments(ledger).into_iter().zip(STAGES).map(stage).collect()
}

/// The legend of the marks.
pub fn legend(theme: Theme) -> Vec<Span<'static>> {
    let entry = |(mark, color, word): (&'static str, Color, &'static str)| {
        [Span::styled(mark, ink(theme, color)), Span::styled(format!(" {word}  "), dim())]
    };
    STAGES.into_iter().flat_map(entry).collect()
}

/// The waits of the newest turns that fit, oldest first: each bar shows the share of the longest.
pub fn trend<'a>(ledgers: impl DoubleEndedIterator<Item = &'a Ledger>, columns: usize) -> String {
    let mut waits: Vec<f64> = ledgers.rev().filter_map(wait).take(columns).collect();
    waits.reverse();
    let most = waits.iter().copied().fold(1.0, f64::max);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0..=7
    let bar = |ms: &f64| BARS[((ms / most * 7.0).round() as usize).min(7)];
    waits.iter().map(bar).collect()
}

/// The median wait in milliseconds.
pub fn median<'a>(ledgers: impl Iterator<Item = &'a Ledger>) -> Option<f64> {
    let mut waits: Vec<f64> = ledgers.filter_map(wait).collect();
    waits.sort_by(f64::total_cmp);
    quantile(&waits, 0.5)
}

/// A line for a turn: its number, the wait for the first sound, and its strip; with room, what each stage added.
pub fn row(theme: Theme, ledger: &Ledger, most: f64, width: u16) -> Line<'static> {
    let details = width >= 70;
    let columns = width.saturating_sub(if details { 45 } else { 13 }).min(40);
    let total = wait(ledger).map_or("-".into(), |ms| format!("{ms:.0}"));
    let mut spans =
        vec![Span::styled(format!("{:>5} ", ledger.turn), dim()), Span::styled(format!("{total:>6} "), theme.golem())];
    let bars = strip(theme, ledger, most, columns);
    let used: usize = bars.iter().map(Span::width).sum();
    spans.extend(bars);
    if details {
        spans.push(Span::raw(" ".repeat(usize::from(columns).saturating_sub(used))));
        let mut before = 0.0;
        for ms in moments(ledger) {
            spans.push(Span::styled(format!("{:>8}", format!("+{:.0}", ms - before)), dim()));
            before = ms;
        }
    }
    Line::from(spans)
}

/// The newest turn and the trend in one line.
pub fn brief<'a>(
    theme: Theme,
    ledgers: impl DoubleEndedIterator<Item = &'a Ledger> + Clone,
    width: u16,
) -> Option<Line<'static>> {
    let newest = ledgers.clone().next_back()?;
    let most = moments(newest).last().copied().unwrap_or(0.0);
    let total = wait(newest).map_or("-".into(), |ms| format!("{ms:.0}"));
    let mut spans = vec![Span::styled(format!("{total} ms "), theme.golem())];
    let columns = width.saturating_sub(12).min(16);
    spans.extend(strip(theme, newest, most, columns));
    let used: usize = spans.iter().map(Span::width).sum();
    let room = usize::from(width).saturating_sub(used + 1);
    spans.push(Span::styled(format!(" {}", trend(ledgers, room.min(30))), dim()));
    Some(Line::from(spans))
}

/// The longest wait of all, which fills a strip.
pub fn longest<'a>(ledgers: impl Iterator<Item = &'a Ledger>) -> f64 {
    ledgers.filter_map(|ledger| moments(ledger).last().copied()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(stages: [Option<f64>; 4]) -> Ledger {
        let [endpoint, transcript, first_token, first_sample] = stages;
        Ledger { turn: 7, endpoint, transcript, first_token, first_sample, ..Ledger::default() }
    }

    fn text(line: &Line) -> String {
        line.spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn a_strip_shows_each_stage_in_its_share() {
        let whole = ledger([Some(0.5), Some(0.6), Some(0.8), Some(1.0)]);
        let strip = Line::from(strip(Theme::Plain, &whole, 1000.0, 20));
        assert_eq!(text(&strip), "░░░░░░░░░░▒▒▓▓▓▓████");
        assert_eq!(
            text(&row(Theme::Plain, &whole, 2000.0, 70)),
            "    7   1000 ░░░░░░▒▒▓▓███                +500    +100    +200    +200"
        );
        let typed = ledger([None, None, Some(0.2), Some(0.1)]);
        assert_eq!(moments(&typed), [0.0, 0.0, 200.0, 200.0]);
        assert_eq!(moments(&ledger([Some(0.5), None, None, None])), [500.0]);
        assert_eq!(moments(&ledger([Some(f64::NAN), None, None, Some(f64::INFINITY)])), [0.0; 4]);
    }

    #[test]
    fn the_trend_is_of_the_newest_turns() {
        let turns: Vec<_> = [Some(9.0), Some(0.1), None, Some(0.5), Some(1.0)]
            .into_iter()
            .map(|sound| ledger([None, None, None, sound]))
            .collect();
        assert_eq!(trend(turns.iter(), 3), "▂▅█");
        assert_eq!(median(turns.iter()), Some(500.0));
        assert_eq!(trend([].iter(), 3), "");
    }
}
