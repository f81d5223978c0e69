//! Small bar charts of levels for a terminal of 80 columns: columns of blocks, or of plain characters.

use std::fmt::Write as _;

/// Columns of a picture beside its axis.
pub const COLUMNS: usize = 70;
/// Rows of a picture.
const ROWS: usize = 6;
/// Parts of a row, from an eighth to the whole.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The characters of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureStyle {
    /// Eighths of blocks.
    Blocks,
    /// ASCII.
    Plain,
}

impl PictureStyle {
    /// The characters that the terminal shows, by these variables of the environment, as `locale(7)` ranks them.
    pub fn of(environment: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8");
        let dumb = set("TERM").is_some_and(|terminal| terminal == "dumb" || terminal == "linux");
        if unicode && !dumb { Self::Blocks } else { Self::Plain }
    }

    /// The character of a cell that is filled by so many eighths, 0..=8.
    fn cell(self, eighths: usize) -> char {
        match self {
            Self::Blocks => eighths.checked_sub(1).and_then(|part| BLOCKS.get(part)).copied().unwrap_or(' '),
            Self::Plain if eighths >= 4 => '#',
            Self::Plain => ' ',
        }
    }
}

/// The rows of a picture of `levels` in decibels: `top` fills a column, and `bottom` leaves it empty. Under it stand
/// `marks`: texts and the columns at which they begin, in order.
pub fn picture(levels: &[f32], (bottom, top): (f32, f32), marks: &[(usize, String)], style: PictureStyle) -> String {
    let mut text = String::new();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // 0..=48
    let height = |level: f32| {
        let share = ((level - bottom) / (top - bottom).max(1e-3)).clamp(0.0, 1.0);
        (share * (8 * ROWS) as f32).round() as usize
    };
    for row in (0..ROWS).rev() {
        let label = match row {
            0 => format!("{bottom:>5.0} dB"),
            _ if row == ROWS - 1 => format!("{top:>5.0} dB"),
            _ => " ".repeat(8),
        };
        let cells = levels.iter().take(COLUMNS).map(|level| style.cell(height(*level).saturating_sub(8 * row).min(8)));
        let _ = writeln!(text, "{}", format!("{label} {}", cells.collect::<String>()).trim_end());
    }
    let mut under = " ".repeat(9);
    for (column, mark) in marks {
        let begin = 9 + (*column).min(COLUMNS.saturating_sub(mark.chars().count()));
        let there = under.chars().count();
        if begin >= there {
            under.push_str(&" ".repeat(begin - there));
            under.push_str(mark);
            under.push(' ');
        }
    }
    let _ = writeln!(text, "{}", under.trim_end());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_high_as_levels_and_rows_within_eighty_columns() {
        let levels: Vec<f32> = (0..100_u8).map(|n| -f32::from(n)).collect();
        let marks = [(0, "0".to_string()), (68, "the last one".to_string())];
        for style in [PictureStyle::Blocks, PictureStyle::Plain] {
            let text = picture(&levels, (-60.0, 0.0), &marks, style);
            assert_eq!(text.lines().count(), ROWS + 1);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            let full = text.lines().nth(ROWS - 1).unwrap().chars().filter(|c| ['█', '#'].contains(c)).count();
            assert!((45..=58).contains(&full), "{full} of 60 columns: {text}");
            assert!(text.ends_with("the last one\n") && text.starts_with("    0 dB "), "{text}");
            assert_eq!(text.is_ascii(), style == PictureStyle::Plain);
        }
    }

    #[test]
    fn terminals_that_show_no_blocks_get_plain_characters() {
        let of = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> =
                set.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            PictureStyle::of(move |name| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
        };
        assert_eq!(of(&[("LANG", "en_GB.UTF-8"), ("TERM", "xterm")]), PictureStyle::Blocks);
        assert_eq!(of(&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")]), PictureStyle::Plain);
        assert_eq!(of(&[("LC_CTYPE", "C.utf8"), ("TERM", "dumb")]), PictureStyle::Plain);
        assert_eq!(of(&[]), PictureStyle::Plain);
    }
}
