//! The picture of the screen in the README: drawn by the screen itself, so that it cannot grow old.

use std::fmt::Write as _;
use std::path::Path;

use ratatui::style::{Color, Modifier};

use super::*;

/// Columns and lines of the picture, and the pixels of one of them.
const SIZE: (u16, u16) = (112, 24);
const CELL: (u16, u16) = (8, 17);

/// A colour of the terminal as most dark schemes show it.
fn rgb(color: Color) -> &'static str {
    match color {
        Color::Red => "#e06c75",
        Color::Green => "#98c379",
        Color::Yellow => "#e5c07b",
        Color::Blue => "#61afef",
        Color::Magenta => "#c678dd",
        Color::Cyan => "#56b6c2",
        _ => "#d7dae0",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Draws cells of one style and one row, from column `x` on.
fn stretch(svg: &mut String, (x, y): (u16, u16), style: &Cell, text: &str) {
    let (left, top) = (x * CELL.0, y * CELL.1);
    let width = u16::try_from(text.chars().count()).unwrap() * CELL.0;
    let (mut ink, reversed) = (rgb(style.fg), style.modifier.contains(Modifier::REVERSED));
    if reversed {
        writeln!(svg, r#"<rect x="{left}" y="{top}" width="{width}" height="{}" fill="{ink}"/>"#, CELL.1).unwrap();
        ink = "#21252b";
    }
    if text.trim().is_empty() {
        return;
    }
    let mut look = String::new();
    let looks = [
        (Modifier::BOLD, r#" font-weight="bold""#),
        (Modifier::DIM, r#" opacity="0.55""#),
        (Modifier::CROSSED_OUT, r#" text-decoration="line-through""#),
    ];
    look.extend(looks.iter().filter(|(modifier, _)| style.modifier.contains(*modifier)).map(|(_, look)| *look));
    let base = top + 13;
    let text = escaped(text);
    writeln!(svg, r#"<text x="{left}" y="{base}" textLength="{width}" fill="{ink}"{look}>{text}</text>"#).unwrap();
}

fn picture(app: &mut App) -> String {
    let terminal = terminal(app, SIZE.0, SIZE.1);
    let (width, height) = (SIZE.0 * CELL.0, SIZE.1 * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-8 -8 {} {}\" font-family=\"monospace\" font-size=\"13\" \
         xml:space=\"preserve\">\n<rect x=\"-8\" y=\"-8\" width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#21252b\"/>\n",
        width + 16,
        height + 16
    );
    let rows = terminal.backend().buffer().content().chunks(usize::from(SIZE.0));
    for (y, cells) in (0..).zip(rows) {
        let mut x = 0;
        for run in cells.chunk_by(|a, b| a.fg == b.fg && a.modifier == b.modifier) {
            let text: String = run.iter().map(Cell::symbol).collect();
            stretch(&mut svg, (x, y), &run[0], &text);
            x += u16::try_from(run.len()).unwrap();
        }
    }
    svg + "</svg>\n"
}

#[test]
fn the_picture_in_the_readme_is_of_this_screen() {
    let mut app = super::screens::trending(interrupted());
    let said =
        "Lake Baikal. At its deepest it is 1,642 metres, and it holds a fifth of the world's unfrozen fresh water.";
    feed(
        &mut app,
        vec![
            note(Note::Reply { turn: 2, text: said.into() }),
            Update::Spoken { turn: 2, text: "Lake Baikal. At its deepest it is 1,642 metres,".into() },
            state(State::Speaking),
            ready(Part::Commands, "45 commands", ""),
            Update::Level(Levels { decibels: -47.0, probability: 0.12, threshold: 0.5, output: -17.0 }),
        ],
    );
    let drawn = picture(&mut app);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/screen.svg");
    // The variable that renews the snapshots renews the picture too.
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &drawn).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == drawn, "INSTA_UPDATE=always renews {}", path.display());
}
