//! Speakable text: Markdown, links, code and pictures are removed. The way back to the generated text is kept, so that
//! the history can be trimmed to the heard part.

use super::inline::{self, Words};
use super::markup::{Fence, block_prefix, is_rule};
use super::writer::SpeakableWriter;

/// Text for speech, with the source of each character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speakable {
    /// One line without markup.
    pub text: String,
    /// Byte offset in `text` and in the source of every spoken character, in order.
    map: Vec<(usize, usize)>,
    /// Length of the source in bytes.
    source: usize,
}

impl Speakable {
    /// Cleans `source`; `line_start` says whether it begins a line.
    pub fn new(source: &str, line_start: bool) -> Self {
        let mut writer = SpeakableWriter::default();
        let words = Words::of(source);
        let mut fence: Option<Fence> = None;
        let mut at = 0;
        for line in source.split_inclusive('\n') {
            let begins = at > 0 || line_start;
            match fence {
                Some(open) => fence = (!open.closed_by(line)).then_some(open),
                None => fence = Fence::open(line).filter(|_| begins),
            }
            let code = fence.is_some() || (begins && Fence::open(line).is_some());
            let drawn = begins && is_rule(line);
            if !code && !drawn {
                speak_line(source, at..at + line.len(), begins, words, &mut writer);
            }
            at += line.len();
        }
        Self { text: writer.text, map: writer.map, source: source.len() }
    }

    /// Whether it has no word to say.
    pub fn is_silent(&self) -> bool {
        !self.text.chars().any(char::is_alphanumeric)
    }

    /// Byte offset in the source up to which the reply was heard, if `text` was spoken up to byte `spoken_end`. Markup
    /// that follows the last heard character counts as heard. Offsets past the end mean all.
    pub fn source_end(&self, spoken_end: usize) -> usize {
        if spoken_end == 0 {
            return 0;
        }
        let next = self.map.partition_point(|&(spoken, _)| spoken < spoken_end);
        self.map.get(next).map_or(self.source, |&(_, source)| source)
    }
}

fn speak_line(source: &str, line: std::ops::Range<usize>, begins: bool, words: Words, writer: &mut SpeakableWriter) {
    let text = &source[line.clone()];
    let content = text.trim_end().len();
    let prefix = if begins { block_prefix(text) } else { 0 };
    if prefix < content {
        inline::speak(source, line.start + prefix..line.start + content, words, writer);
    }
    if text.ends_with('\n') {
        writer.stop(line.start + content);
    }
    writer.space(line.start + content);
}
