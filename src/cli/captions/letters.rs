//! Large letters: text as rows of block elements, each of which shows two pixels of a letter.

use embedded_graphics::geometry::Point;
use embedded_graphics::image::GetPixel;
use embedded_graphics::mono_font::mapping::{
    GlyphMapping, ISO_8859_1, ISO_8859_2, ISO_8859_5, ISO_8859_7, ISO_8859_9, StrGlyphMapping,
};
use embedded_graphics::mono_font::{MonoFont, iso_8859_1, iso_8859_2, iso_8859_5, iso_8859_7, iso_8859_9};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::OriginDimensions;

/// Letters that a line shall hold at least before larger ones are taken.
const LETTERS: usize = 24;
/// Western, Cyrillic, Central European, Turkish and Greek: the letters of the fonts, in the order of [`SIZES`].
const ALPHABETS: [&StrGlyphMapping; 5] = [&ISO_8859_1, &ISO_8859_5, &ISO_8859_2, &ISO_8859_9, &ISO_8859_7];
/// Typographers' signs that the fonts lack, and what stands for them.
const SIGNS: [(char, &str); 8] =
    [('…', "..."), ('—', "-"), ('–', "-"), ('’', "'"), ('‘', "'"), ('“', "\""), ('”', "\""), ('„', "\"")];

/// A font of one size for each alphabet.
type Fonts = [&'static MonoFont<'static>; ALPHABETS.len()];

macro_rules! fonts {
    ($size:ident) => {
        [&iso_8859_1::$size, &iso_8859_5::$size, &iso_8859_2::$size, &iso_8859_9::$size, &iso_8859_7::$size]
    };
}

/// The sizes, the largest first.
static SIZES: [Fonts; 3] = [fonts!(FONT_10X20), fonts!(FONT_8X13), fonts!(FONT_6X10)];

/// Letters of one size.
#[derive(Clone, Copy)]
pub struct LargeLetters {
    fonts: &'static Fonts,
    /// Pixels of a letter: across, which are columns, and down.
    pixels: (usize, usize),
}

impl LargeLetters {
    /// The largest letters of which a line of so many columns holds two dozen; otherwise the smallest.
    pub fn fitting(columns: usize) -> Self {
        let of = |fonts: &'static Fonts| {
            let size = fonts[0].character_size;
            Self { fonts, pixels: (size.width as usize, size.height as usize) }
        };
        let [large, medium, small] = &SIZES;
        let fits = |letters: &Self| letters.in_line(columns) >= LETTERS;
        [large, medium].map(of).into_iter().find(fits).unwrap_or_else(|| of(small))
    }

    /// Letters that a line of so many columns holds; at least one.
    pub fn in_line(self, columns: usize) -> usize {
        (columns / self.pixels.0).max(1)
    }

    /// Rows of a line.
    pub fn rows(self) -> usize {
        self.pixels.1.div_ceil(2)
    }

    /// `text` in one line of [`rows`](Self::rows) rows, all equally wide; `None` where it has a letter that no font has.
    pub fn draw(self, text: &str) -> Option<Vec<String>> {
        let letters: Vec<Glyph> = text.chars().map(|letter| self.glyph(letter)).collect::<Option<_>>()?;
        let row = |at: usize| letters.iter().flat_map(move |letter| self.row(*letter, at)).collect();
        Some((0..self.rows()).map(row).collect())
    }

    /// Where a letter is drawn.
    fn glyph(self, letter: char) -> Option<Glyph> {
        let alphabet = ALPHABETS.iter().position(|alphabet| alphabet.contains(letter))?;
        let font = self.fonts[alphabet];
        let in_row = (font.image.size().width as usize / self.pixels.0).max(1);
        let index = ALPHABETS[alphabet].index(letter);
        Some(Glyph { font, corner: (index % in_row * self.pixels.0, index / in_row * self.pixels.1) })
    }

    /// A row of a letter: the pixels of two lines of its picture.
    fn row(self, letter: Glyph, at: usize) -> impl Iterator<Item = char> {
        let (across, down) = self.pixels;
        (0..across).map(move |x| match [2 * at, 2 * at + 1].map(|y| y < down && letter.pixel(x, y)) {
            [false, false] => ' ',
            [true, false] => '▀',
            [false, true] => '▄',
            [true, true] => '█',
        })
    }
}

/// The picture of a letter within a font's.
#[derive(Clone, Copy)]
struct Glyph {
    font: &'static MonoFont<'static>,
    corner: (usize, usize),
}

impl Glyph {
    fn pixel(self, x: usize, y: usize) -> bool {
        let at = |corner: usize, pixel: usize| i32::try_from(corner + pixel).unwrap_or(i32::MAX);
        self.font.image.pixel(Point::new(at(self.corner.0, x), at(self.corner.1, y))).is_some_and(BinaryColor::is_on)
    }
}

/// `text` with plain signs for those of typographers.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match SIGNS.iter().find(|(sign, _)| *sign == letter) {
            Some((_, known)) => plain.push_str(known),
            None => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_as_large_as_the_terminal_allows() {
        let rows = |columns| LargeLetters::fitting(columns).rows();
        assert_eq!((rows(80), rows(191), rows(192), rows(240), rows(0)), (5, 5, 7, 10, 5));
        assert_eq!((LargeLetters::fitting(80).in_line(80), LargeLetters::fitting(0).in_line(0)), (13, 1));
    }

    #[test]
    fn english_and_russian_are_drawn() {
        let letters = LargeLetters::fitting(80);
        let drawn = letters.draw("HЯ").unwrap();
        insta::assert_snapshot!(drawn.join("|\n"), @r"
        ▄   ▄  ▄▄▄▄ |
        █   █ █   █ |
        █▀▀▀█  ▀█▀█ |
        █   █ ▄▀  █ |
        ");
        assert_eq!(letters.draw("a b").unwrap()[0].chars().count(), 18);
        assert!(letters.draw("Ёё Łąß Ğ Ω «»").is_some());
        assert_eq!(letters.draw("語"), None);
        assert_eq!(letters.draw(""), Some(vec![String::new(); 5]));
    }

    #[test]
    fn typographers_signs_have_plain_ones() {
        assert_eq!(plain("“It’s — well…”"), "\"It's - well...\"");
        assert!(SIGNS.iter().all(|(_, known)| LargeLetters::fitting(80).draw(known).is_some()));
    }

    #[test]
    fn each_alphabet_has_a_picture_of_each_of_its_letters_in_each_size() {
        for columns in [80, 192, 240] {
            let letters = LargeLetters::fitting(columns);
            for letter in ALPHABETS.iter().flat_map(|alphabet| alphabet.chars()).filter(|letter| letter.is_alphabetic())
            {
                let drawn = letters.draw(&letter.to_string()).unwrap().concat();
                assert!(drawn.contains(['▀', '▄', '█']), "{letter} of {columns} columns");
            }
        }
    }
}
