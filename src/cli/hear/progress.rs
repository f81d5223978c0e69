//! The progress line of a long recording, on a terminal.

use std::path::Path;
use std::time::{Duration, Instant};

use super::write::short;
use crate::cli::status_line::StatusLine;
use crate::transcribe::listen::FileProgress;

/// Time before the line appears: shorter waits need none.
const PATIENCE: Duration = Duration::from_secs(2);

/// The progress of one recording.
pub struct ProgressLine {
    line: StatusLine,
    name: String,
    began: Instant,
}

impl ProgressLine {
    /// A line for the transcription of `file`, which begins now.
    pub fn new(file: &Path) -> Self {
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        Self { line: StatusLine::new(), name, began: Instant::now() }
    }

    /// Time since it began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Shows the progress, if the wait is long enough.
    pub fn show(&self, progress: FileProgress) {
        let elapsed = self.began.elapsed();
        if elapsed >= PATIENCE {
            self.line.show(told(&self.name, progress, elapsed));
        }
    }

    /// Takes the line away, so that something else can stand there.
    pub fn clear(&self) {
        self.line.clear();
    }
}

fn told(name: &str, progress: FileProgress, elapsed: Duration) -> String {
    let whole = |time: Duration| short(time).split('.').next().unwrap_or_default().to_owned();
    let times = progress.done.as_secs_f64() / elapsed.as_secs_f64().max(0.001);
    let done = whole(progress.done);
    match progress.whole.filter(|length| *length >= progress.done && !length.is_zero()) {
        Some(length) => {
            let percent = 100.0 * progress.done.as_secs_f64() / length.as_secs_f64();
            format!("{name}: {percent:.0} %, {done} of {}, {times:.1} times real time", whole(length))
        }
        None => format!("{name}: {done}, {times:.1} times real time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_and_how_fast() {
        let progress = |whole| FileProgress { done: Duration::from_secs(750), whole };
        let known = progress(Some(Duration::from_mins(50)));
        let elapsed = Duration::from_secs(100);
        assert_eq!(told("a.mp3", known, elapsed), "a.mp3: 25 %, 12:30 of 50:00, 7.5 times real time");
        assert_eq!(told("-", progress(None), elapsed), "-: 12:30, 7.5 times real time");
        let wrong = progress(Some(Duration::from_secs(3)));
        assert_eq!(
            told("a", wrong, elapsed),
            "a: 12:30, 7.5 times real time",
            "a length that is too short is no length"
        );
    }
}
