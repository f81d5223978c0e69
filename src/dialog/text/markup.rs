//! The shapes of Markdown and of characters, for both clauses and speech.

/// An open code fence: its character, and the number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that `line` opens, if it opens one: three or more backticks or tildes, then an info string.
    pub fn open(line: &str) -> Option<Self> {
        let line = line.trim();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = run(line, mark);
        // More backticks in the line make it a code span within a sentence.
        let span = mark == '`' && line[length..].contains('`');
        (length >= 3 && !span).then_some(Self { mark, length })
    }

    /// Whether `line` closes this fence.
    pub fn closed_by(self, line: &str) -> bool {
        let line = line.trim();
        let length = run(line, self.mark);
        length >= self.length && length == line.len()
    }
}

/// Whether `line`, which may be incomplete, looks like a code fence: nothing may be decided before its end.
pub fn may_be_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The number of one-byte `mark`s at the beginning of `text`.
pub fn run(text: &str, mark: char) -> usize {
    text.chars().take_while(|&c| c == mark).count()
}

/// Length in bytes of the block's mark at the beginning of `line`: indent, quotes, heading, bullet, checkbox. The
/// number of a numbered item is spoken, so that it does not count.
pub fn block_prefix(line: &str) -> usize {
    let mut rest = line.trim_start();
    while let Some(after) = rest.strip_prefix('>') {
        rest = after.trim_start();
    }
    let level = run(rest, '#');
    if (1..=6).contains(&level) && rest[level..].starts_with([' ', '\t']) {
        rest = rest[level..].trim_start();
    } else if let Some(after) = bullet(rest) {
        rest = after;
    }
    line.len() - rest.len()
}

fn bullet(line: &str) -> Option<&str> {
    let after = line.strip_prefix(['-', '*', '+', '•', '◦', '▪', '‣'])?;
    let after = after.strip_prefix([' ', '\t'])?.trim_start();
    let checkbox = ["[ ]", "[x]", "[X]"].iter().find_map(|mark| after.strip_prefix(mark));
    Some(checkbox.unwrap_or(after))
}

/// Whether `line` is only a drawing: a horizontal rule, the line under a heading, the rule under a table's head.
pub fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.chars().all(|c| "-=*_|:+ \t".contains(c)) && line.chars().any(|c| "-=*_".contains(c))
}

/// Whether `word`, the first of its line, numbers a list item: `1.`, `12)`.
pub fn is_item_number(word: &str) -> bool {
    word.strip_suffix(['.', ')'])
        .is_some_and(|number| (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether `c` belongs to a script without spaces, in which each character stands for a syllable or a word.
pub fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether `c` is a picture or an invisible sign, which no voice should read.
pub fn is_unspoken(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{20e3}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
            | '\u{2500}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fff0}'..='\u{ffff}' | '\u{1f000}'..='\u{1faff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Whether `text` holds a Cyrillic letter.
pub fn is_cyrillic(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{400}'..='\u{52f}'))
}
