//! The figures of one candidate, and the table of them.

use super::corpus::{self, WordRecording, errors};
use super::probe::ProbeResult;
use crate::metrics::quantile;

/// The figures of one candidate.
pub struct AsrFigures {
    /// Wrong words and words said: in all recordings, in those longer than a command, and in those as long as one.
    wrong: [(usize, usize); 3],
    /// Seconds of work for a second of sound.
    pace: f64,
    /// Milliseconds for a recording as long as a command: the median and the 95th percentile.
    short_ms: [f64; 2],
    faults: [u64; 2],
    mb: [u64; 3],
    again: usize,
}

impl AsrFigures {
    /// The figures of the result `heard` on the recordings of `corpus`.
    pub fn of(heard: &ProbeResult, corpus: &[WordRecording]) -> Self {
        let mut wrong = [(0, 0); 3];
        let (mut ms, mut seconds, mut short) = (0.0, 0.0, Vec::new());
        for (line, recording) in heard.lines.iter().zip(corpus) {
            let errors = errors(&recording.words, &corpus::words(&line.text));
            for group in [0, 1 + usize::from(recording.is_short())] {
                wrong[group].0 += errors;
                wrong[group].1 += recording.words.len();
            }
            ms += line.ms;
            seconds += recording.seconds;
            if recording.is_short() {
                short.push(line.ms);
            }
        }
        short.sort_by(f64::total_cmp);
        let at = |share| quantile(&short, share).unwrap_or(0.0);
        let pace = if seconds > 0.0 { ms / 1e3 / seconds } else { 0.0 };
        let short_ms = [at(0.5), at(0.95)];
        Self { wrong, pace, short_ms, faults: heard.faults, mb: heard.mb, again: heard.again }
    }

    /// Words wrong in per cent: in all recordings (0), the long (1) or the short ones (2).
    pub fn wer(&self, group: usize) -> f64 {
        let (wrong, said) = self.wrong[group];
        #[allow(clippy::cast_precision_loss)] // a count of words
        let share = 100.0 * wrong as f64 / said.max(1) as f64;
        share
    }

    /// Milliseconds for a short recording: the median.
    pub fn median_ms(&self) -> f64 {
        self.short_ms[0]
    }

    /// Windows that had to be read a second time.
    pub fn again(&self) -> usize {
        self.again
    }
}

pub fn print_head() {
    println!(
        "| ears | WER % | over {0} s | up to {0} s | s per s | ms, up to {0} s: median | p95 | page faults, first reading \
         | tenth | MB loaded | after work | idle | read again |",
        corpus::SHORT
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
}

pub fn print_row(name: &str, figures: &AsrFigures) {
    let [all, long, short] = [0, 1, 2].map(|group| figures.wer(group));
    let AsrFigures { pace, short_ms: [median, p95], faults: [first, tenth], mb: [loaded, worked, idle], again, .. } =
        figures;
    println!(
        "| {name} | {all:.1} | {long:.1} | {short:.1} | {pace:.3} | {median:.0} | {p95:.0} | {first} | {tenth} | {loaded} \
         | {worked} | {idle} | {again} |"
    );
}

/// How many times faster golem is, and how many words in a hundred more it gets wrong.
pub fn print_ratios(own: &AsrFigures, peer: &AsrFigures) {
    let times = |own: f64, peer: f64| if own > 0.0 { format!("{:.1} x", peer / own) } else { "-".into() };
    let more = |group| format!("{:+.1}", own.wer(group) - peer.wer(group));
    println!(
        "| golem beside it | {} | {} | {} | {} | {} | {} | | | | | | |",
        more(0),
        more(1),
        more(2),
        times(own.pace, peer.pace),
        times(own.short_ms[0], peer.short_ms[0]),
        times(own.short_ms[1], peer.short_ms[1])
    );
}

#[cfg(test)]
mod tests {
    use super::super::probe::ProbeLine;
    use super::*;

    #[test]
    fn figures_are_of_their_group() {
        let recording = |seconds, words: &str| WordRecording { path: "x".into(), seconds, words: corpus::words(words) };
        let corpus = [recording(2.0, "stop it"), recording(8.0, "one two three four five six seven eight")];
        let line = |text: &str, ms| ProbeLine { text: text.into(), ms };
        let lines = vec![line("Stop.", 100.0), line("one two three four five six seven eight", 900.0)];
        let figures = AsrFigures::of(&ProbeResult { lines, faults: [5, 1], mb: [1, 2, 3], again: 0 }, &corpus);
        assert_eq!([0, 1, 2].map(|group| figures.wer(group).to_string()), ["10", "0", "50"]);
        assert!((figures.pace - 0.1).abs() < 1e-9 && (figures.median_ms() - 100.0).abs() < 1e-9);
    }
}
