//! Curves of a measurement as a picture: an SVG file that a browser or a page of the manual shows.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;

/// Width and height of a picture in pixels.
const SIZE: (u32, u32) = (900, 560);
/// Points of a curve up to which each is marked.
const MARKED: usize = 24;
/// Pixels below which a step of a curve is not drawn: a picture in a repository is to be small.
const STEP: f64 = 3.0;
/// Colours that colour-blind people can distinguish (Okabe and Ito 2008), in the order of the curves.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// One direction of a picture.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows, with the unit.
    pub name: String,
    /// The smallest value shown; above 0 where `log`.
    pub from: f64,
    /// The greatest value shown.
    pub to: f64,
    /// Equal steps for equal ratios.
    pub log: bool,
}

impl Axis {
    /// An axis of equal steps for equal differences.
    pub fn linear(name: &str, from: f64, to: f64) -> Self {
        Self { name: name.into(), from, to, log: false }
    }

    /// An axis of equal steps for equal ratios; `from` is above 0.
    pub fn log(name: &str, from: f64, to: f64) -> Self {
        Self { name: name.into(), from, to, log: true }
    }

    /// A logarithmic axis on which all of `values` stand, from a power of ten to one.
    pub fn covering_log(name: &str, values: impl Iterator<Item = f64> + Clone) -> Self {
        let (least, most) = (values.clone().fold(f64::MAX, f64::min), values.fold(0.0, f64::max));
        let from = 10_f64.powf(least.max(0.01).log10().floor());
        Self::log(name, from, 10_f64.powf(most.log10().ceil()).max(from * 10.0))
    }

    /// An axis of percent on which all of `values` stand, from a multiple of five below them up to 100.
    pub fn covering_percent(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let least = values.fold(95.0, f64::min);
        Self::linear(name, ((least / 5.0).floor() * 5.0).max(0.0), 100.0)
    }

    /// The place of a value on the axis, clamped to the ends of the axis.
    fn place(&self, value: f64) -> f64 {
        let value = value.clamp(self.from, self.to);
        if self.log { value.log10() } else { value }
    }

    /// Length of the axis between its ends.
    fn span(&self) -> f64 {
        self.place(self.to) - self.place(self.from)
    }

    /// The label of a place.
    fn label(&self, place: f64) -> String {
        let value = if self.log { 10_f64.powf(place) } else { place };
        let digits = if value != 0.0 && value.abs() < 0.1 { 3 } else { usize::from(value.fract().abs() > 1e-9) * 2 };
        let text = format!("{value:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
    }
}

/// One line of a picture.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What it shows.
    pub name: String,
    /// Points from left to right, in the units of the axes.
    pub points: Vec<(f64, f64)>,
}

/// A picture of curves.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What the picture shows.
    pub title: String,
    /// The axis from left to right.
    pub x: Axis,
    /// The axis from bottom to top.
    pub y: Axis,
    /// The lines; one of few points also marks them.
    pub curves: Vec<Curve>,
}

impl Chart {
    /// The picture as SVG.
    ///
    /// # Errors
    /// When an axis is empty.
    pub fn svg(&self) -> Result<String> {
        let mut picture = String::new();
        self.draw(&mut picture).map_err(|error| anyhow!("the picture cannot be drawn: {error}"))?;
        // Opacity 1 is the default of SVG.
        Ok(picture.replace(" opacity=\"1\"", ""))
    }

    /// Writes the picture to an SVG file.
    ///
    /// # Errors
    /// When an axis is empty or the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        std::fs::write(path, self.svg()?).with_context(|| format!("{} cannot be written", path.display()))
    }

    fn draw(&self, picture: &mut String) -> std::result::Result<(), Box<dyn std::error::Error + '_>> {
        let paper = SVGBackend::with_string(picture, SIZE).into_drawing_area();
        paper.fill(&WHITE)?;
        let (x, y) = (&self.x, &self.y);
        let mut chart = ChartBuilder::on(&paper)
            .caption(&self.title, ("sans-serif", 20))
            .margin(14)
            .x_label_area_size(44)
            .y_label_area_size(60)
            .build_cartesian_2d(x.place(x.from)..x.place(x.to), y.place(y.from)..y.place(y.to))?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .max_light_lines(1)
            .x_desc(&x.name)
            .y_desc(&y.name)
            .x_label_formatter(&|place| x.label(*place))
            .y_label_formatter(&|place| y.label(*place))
            .draw()?;
        for (curve, colour) in self.curves.iter().zip(COLOURS.iter().cycle()) {
            let points = thinned(curve.points.iter().map(|(left, up)| (x.place(*left), y.place(*up))), x, y);
            let marked = if points.len() > MARKED { &[][..] } else { &points };
            chart.draw_series(marked.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                .label(&curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.9))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        paper.present()?;
        Ok(())
    }
}

/// Places of a curve without those that lie too near to the one before; the last one stays.
fn thinned(places: impl Iterator<Item = (f64, f64)>, x: &Axis, y: &Axis) -> Vec<(f64, f64)> {
    let pixels = |from: f64, to: f64, axis: &Axis, size: u32| (to - from) / axis.span() * f64::from(size);
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut last = None;
    for place in places {
        let near = kept
            .last()
            .is_some_and(|(left, up)| pixels(*left, place.0, x, SIZE.0).hypot(pixels(*up, place.1, y, SIZE.1)) < STEP);
        if near {
            last = Some(place);
        } else {
            kept.push(place);
            last = None;
        }
    }
    kept.extend(last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_names_its_axes_and_curves_and_keeps_points_on_the_paper() {
        let chart = Chart {
            title: "Misses and false alarms".into(),
            x: Axis::log("false alarms an hour", 0.1, 100.0),
            y: Axis::linear("recall in %", 0.0, 100.0),
            curves: vec![Curve { name: "golem".into(), points: vec![(0.0, 20.0), (1.0, 80.0), (500.0, 99.5)] }],
        };
        let svg = chart.svg().unwrap();
        for text in ["Misses and false alarms", "false alarms an hour", "recall in %", "golem"] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches("<circle").count(), 3);
    }

    #[test]
    fn axes_hold_their_values() {
        let log = Axis::covering_log("", [60.0, 632.0].into_iter());
        assert!((log.from - 10.0).abs() < 1e-9 && (log.to - 1_000.0).abs() < 1e-6, "{log:?}");
        let none = Axis::covering_log("", [0.0].into_iter());
        assert!(none.from > 0.0 && none.to > none.from, "{none:?}");
        let percent = Axis::covering_percent("", [88.6, 97.0].into_iter());
        assert!((percent.from - 85.0).abs() < 1e-9, "{percent:?}");
    }

    #[test]
    fn labels_are_short() {
        let (log, linear) = (Axis::log("", 0.01, 100.0), Axis::linear("", 0.0, 1.0));
        assert_eq!(["0.01", "1", "100"], [-2.0, 0.0, 2.0].map(|place| log.label(place)).each_ref().map(String::as_str));
        assert_eq!(
            ["0", "0.25", "1"],
            [0.0, 0.25, 1.0].map(|place| linear.label(place)).each_ref().map(String::as_str)
        );
    }
}
