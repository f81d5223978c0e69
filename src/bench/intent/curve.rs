//! The curve of the threshold: false accepts against false rejects.

use std::fmt::Write;

use serde::Serialize;

/// Shares at one threshold, 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The threshold.
    pub threshold: f32,
    /// Share of other speech that is accepted.
    pub false_accepts: f64,
    /// Share of clean commands that are not understood or refused.
    pub clean_rejects: f64,
    /// Share of commands in all conditions that are not understood or refused.
    pub rejects: f64,
}

/// Steps from 0 to 1.
const STEPS: u16 = 20;

/// The curve from the scores of other speech, and of commands, clean and in all conditions. A command that was not
/// understood rightly has the score `None`.
pub fn curve(others: &[Option<f32>], clean: &[Option<f32>], all: &[Option<f32>]) -> Vec<Point> {
    (0..=STEPS)
        .map(|step| {
            let threshold = f32::from(step) / f32::from(STEPS);
            Point {
                threshold,
                false_accepts: accepted(others, threshold),
                clean_rejects: 1.0 - accepted(clean, threshold),
                rejects: 1.0 - accepted(all, threshold),
            }
        })
        .collect()
}

/// Share of `scores` that are at least `threshold`.
#[allow(clippy::cast_precision_loss)]
fn accepted(scores: &[Option<f32>], threshold: f32) -> f64 {
    let count = scores.iter().flatten().filter(|score| **score >= threshold).count();
    count as f64 / scores.len().max(1) as f64
}

/// A row for each threshold, with bars.
pub fn print(curve: &[Point]) {
    println!("\n| threshold | false accepts | false rejects, clean | false rejects, all conditions |");
    println!("|---|---|---|---|");
    for Point { threshold, false_accepts, clean_rejects, rejects } in curve {
        let percent = |share: &f64| format!("{:.1} %", 100.0 * share);
        println!("| {threshold:.2} | {} | {} | {} |", percent(false_accepts), percent(clean_rejects), percent(rejects));
    }
    println!("\nfalse accepts `a`, false rejects clean `c`, in all conditions `n`; a column is 2 %");
    for point in curve {
        println!("{:.2} {}", point.threshold, plotted(point));
    }
}

/// The shares of a point as letters on a line of 50 columns.
fn plotted(point: &Point) -> String {
    let mut line = vec!['·'; 51];
    for (share, letter) in [(point.rejects, 'n'), (point.clean_rejects, 'c'), (point.false_accepts, 'a')] {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0..=50
        let column = (share.clamp(0.0, 1.0) * 50.0).round() as usize;
        line[column] = letter;
    }
    line.into_iter().collect()
}

/// The curve as a picture.
pub fn svg(curve: &[Point], chosen: f32) -> String {
    type CurveLine = (&'static str, &'static str, fn(&Point) -> f64);
    const LINES: [CurveLine; 3] = [
        ("false accepts", "#c0392b", |point| point.false_accepts),
        ("false rejects, clean", "#2980b9", |point| point.clean_rejects),
        ("false rejects, all conditions", "#7f8c8d", |point| point.rejects),
    ];
    let x = |threshold: f32| 50.0 + 500.0 * f64::from(threshold);
    let y = |share: f64| 320.0 - 300.0 * share;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 620 380\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"620\" height=\"380\" fill=\"white\"/>\n",
    );
    for tenth in (0..=10_u8).step_by(2) {
        let share = f64::from(tenth) / 10.0;
        let (height, at) = (y(share), x(f32::from(tenth) / 10.0));
        writeln!(
            svg,
            "<path d=\"M50 {height}H550\" stroke=\"#ddd\"/><text x=\"10\" y=\"{height}\">{} %</text>",
            tenth * 10
        )
        .expect("a string takes text");
        writeln!(svg, "<text x=\"{at}\" y=\"338\">{share:.1}</text>").expect("a string takes text");
    }
    writeln!(svg, "<path d=\"M{0} 20V320\" stroke=\"#333\" stroke-dasharray=\"4\"/>", x(chosen)).expect("as above");
    for (row, (name, colour, share)) in (0_u8..).zip(LINES) {
        let points: Vec<String> = curve.iter().map(|p| format!("{:.1},{:.1}", x(p.threshold), y(share(p)))).collect();
        writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\"/>", points.join(" "))
            .expect("as above");
        let at = 60 + 180 * u32::from(row);
        writeln!(svg, "<text x=\"{at}\" y=\"365\" fill=\"{colour}\">{name}</text>").expect("as above");
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_threshold_accepts_less_and_refuses_more() {
        let curve =
            curve(&[None, Some(0.5), None, None], &[Some(0.9), Some(1.0)], &[Some(0.9), Some(1.0), None, Some(0.2)]);
        let at = |threshold: f32| *curve.iter().find(|p| (p.threshold - threshold).abs() < 1e-3).unwrap();
        assert!((at(0.5).false_accepts - 0.25).abs() < 1e-9 && at(0.55).false_accepts.abs() < 1e-9);
        assert!((at(0.95).clean_rejects - 0.5).abs() < 1e-9);
        assert!((at(0.5).rejects - 0.5).abs() < 1e-9);
        assert!(svg(&curve, 0.6).ends_with("</svg>\n"));
        assert_eq!(plotted(&at(0.0)).chars().count(), 51);
    }
}
