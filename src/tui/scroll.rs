//! The scroll position of the conversation. It stays on the words that it shows, whatever is said below them.

/// The blocks of lines to scroll through, oldest first. There is at least one, and each has a line or more.
pub trait Blocks {
    /// The number of blocks.
    fn count(&self) -> usize;
    /// The number of lines of a block.
    fn height(&self, block: usize) -> usize;
    /// The number by which a block is known, whatever is added or falls away around it. It is larger further down.
    fn number(&self, block: usize) -> u64;
    /// The block of that number, or the one in its place if it is gone.
    fn find(&self, number: u64) -> usize;
}

/// A line of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrollPlace {
    /// The block.
    pub block: usize,
    /// The line of the block, from 0.
    pub line: usize,
}

#[derive(Clone, Copy, Debug)]
enum ScrollRequest {
    /// So many lines up, or down where negative.
    By(isize),
    Top,
    /// To the block of that number.
    To(u64),
}

/// The view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scroll {
    /// Number and line of the lowest line in view; `None` at the bottom, where it follows what is said.
    anchor: Option<(u64, usize)>,
    /// The request since the last drawing: only the drawing knows how many lines there are.
    request: Option<ScrollRequest>,
}

impl Scroll {
    /// So many lines up, or down where negative.
    pub fn by(&mut self, lines: isize) {
        let before = if let Some(ScrollRequest::By(before)) = self.request { before } else { 0 };
        self.request = Some(ScrollRequest::By(before.saturating_add(lines)));
    }

    /// To the oldest line.
    pub fn top(&mut self) {
        self.request = Some(ScrollRequest::Top);
    }

    /// To the newest line, and on with it.
    pub fn bottom(&mut self) {
        *self = Self::default();
    }

    /// To the block of that number.
    pub fn to(&mut self, number: u64) {
        self.request = Some(ScrollRequest::To(number));
    }

    /// Whether newer lines are out of view.
    pub fn scrolled(&self) -> bool {
        self.anchor.is_some()
    }

    /// Carries out the request, no further than there are lines to fill a page; gives the lowest line in view.
    pub fn settle(&mut self, blocks: &impl Blocks, page: usize) -> ScrollPlace {
        let bottom = end_of(blocks, blocks.count() - 1);
        let at = self.anchor.map_or(bottom, |(number, line)| {
            let end = end_of(blocks, blocks.find(number));
            ScrollPlace { line: line.min(end.line), ..end }
        });
        let at = match self.request.take() {
            None => at,
            Some(ScrollRequest::By(lines)) if lines < 0 => down(blocks, at, lines.unsigned_abs()),
            Some(ScrollRequest::By(lines)) => up(blocks, at, lines.unsigned_abs()).0,
            Some(ScrollRequest::Top) => ScrollPlace { block: 0, line: 0 },
            Some(ScrollRequest::To(number)) => end_of(blocks, blocks.find(number)),
        };
        let missing = up(blocks, at, page.saturating_sub(1)).1;
        let at = down(blocks, at, missing);
        self.anchor = (at != bottom).then(|| (blocks.number(at.block), at.line));
        at
    }
}

fn end_of(blocks: &impl Blocks, block: usize) -> ScrollPlace {
    ScrollPlace { block, line: blocks.height(block).saturating_sub(1) }
}

/// So many lines up, or to the first one; also how many lines were missing.
fn up(blocks: &impl Blocks, mut at: ScrollPlace, mut lines: usize) -> (ScrollPlace, usize) {
    while lines > at.line {
        let Some(above) = at.block.checked_sub(1) else { return (ScrollPlace { line: 0, ..at }, lines - at.line) };
        lines -= at.line + 1;
        at = end_of(blocks, above);
    }
    (ScrollPlace { line: at.line - lines, ..at }, 0)
}

/// So many lines down, or to the last one.
fn down(blocks: &impl Blocks, mut at: ScrollPlace, mut lines: usize) -> ScrollPlace {
    loop {
        let end = end_of(blocks, at.block);
        let left = end.line.saturating_sub(at.line);
        if lines <= left {
            return ScrollPlace { line: at.line + lines, ..at };
        }
        if at.block + 1 >= blocks.count() {
            return end;
        }
        lines -= left + 1;
        at = ScrollPlace { block: at.block + 1, line: 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Heights of blocks, numbered from `first`.
    struct Pile {
        first: u64,
        heights: Vec<usize>,
    }

    impl Blocks for Pile {
        fn count(&self) -> usize {
            self.heights.len()
        }
        fn height(&self, block: usize) -> usize {
            self.heights[block]
        }
        fn number(&self, block: usize) -> u64 {
            self.first + block as u64
        }
        fn find(&self, number: u64) -> usize {
            usize::try_from(number.saturating_sub(self.first)).unwrap().min(self.count() - 1)
        }
    }

    #[test]
    fn the_view_stays_on_its_words_and_follows_at_the_bottom() {
        let mut pile = Pile { first: 0, heights: vec![3, 1, 4] };
        let mut scroll = Scroll::default();
        assert_eq!(scroll.settle(&pile, 4), ScrollPlace { block: 2, line: 3 });
        scroll.by(2);
        assert_eq!(scroll.settle(&pile, 4), ScrollPlace { block: 2, line: 1 });
        pile.heights.push(9);
        assert_eq!(scroll.settle(&pile, 4), ScrollPlace { block: 2, line: 1 });
        assert!(scroll.scrolled());
        scroll.by(100);
        assert_eq!(scroll.settle(&pile, 4), ScrollPlace { block: 1, line: 0 }, "four lines fill the page");
        scroll.to(2);
        assert_eq!(scroll.settle(&pile, 4), ScrollPlace { block: 2, line: 3 });
        scroll.by(-100);
        assert_eq!(scroll.settle(&pile, 4), ScrollPlace { block: 3, line: 8 });
        assert!(!scroll.scrolled());
        scroll.top();
        assert_eq!(scroll.settle(&pile, 100), ScrollPlace { block: 3, line: 8 }, "all of it is in view");
    }

    proptest! {
        #[test]
        fn the_page_is_full_wherever_there_are_lines(
            heights in prop::collection::vec(1..6_usize, 1..20),
            steps in prop::collection::vec(-30..30_isize, 0..8),
            page in 1..20_usize,
        ) {
            let pile = Pile { first: 5, heights };
            let total: usize = pile.heights.iter().sum();
            let mut scroll = Scroll::default();
            let mut offset = 0_isize;
            for step in steps {
                scroll.by(step);
                let at = scroll.settle(&pile, page);
                let most = total.saturating_sub(page);
                offset = (offset + step).clamp(0, isize::try_from(most).unwrap());
                let below: usize = pile.heights[at.block..].iter().sum::<usize>() - at.line - 1;
                prop_assert_eq!(below, offset.unsigned_abs());
                prop_assert_eq!(scroll.scrolled(), below > 0);
            }
        }
    }
}
