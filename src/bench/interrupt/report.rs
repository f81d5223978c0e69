//! The tables and pictures of the sweeps.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::curve::{BargeFeed, Setting};
use super::judge::CutJudge;
use super::material::ClipGroup;
use super::sweep::{Rates, ReplyFates, Sweep};
use crate::bench::chart::{Axis, Chart, Curve};
use crate::metrics::quantile;

/// Prints how surely and how soon each group of voices cuts a reply.
pub fn print_voices(sweep: &Sweep, setting: Setting) {
    println!(
        "| voices over a reply | recordings | lowered within 200 ms | cut within 300 ms | 400 ms | not cut | p50 | p95 |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for group in sweep.voices {
        let one = std::slice::from_ref(group);
        let rates = Sweep { voices: one, noises: &[], ..*sweep }.rates(setting);
        let mut cuts: Vec<f64> = sweep.delays(one, setting).into_iter().filter_map(|delay| delay.cut).collect();
        cuts.sort_by(f64::total_cmp);
        let at = |q| quantile(&cuts, q).map_or("-".into(), |ms| format!("{ms:.0} ms"));
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            group.name,
            group.clips.len(),
            percent(rates.ducked),
            percent(rates.cut[0]),
            percent(rates.cut[1]),
            percent(rates.missed),
            at(0.5),
            at(0.95)
        );
    }
}

/// Prints how often each group of noises lowers a reply, cuts it and, where `judge` hears the words, ends it.
///
/// # Errors
/// When the recogniser fails.
pub fn print_noises(sweep: &Sweep, setting: Setting, mut judge: Option<&mut CutJudge>) -> Result<()> {
    let lost = if judge.is_some() { " replies lost an hour |" } else { "" };
    println!("\n| other sounds over a reply | minutes | lowered an hour | cut an hour |{lost}");
    println!("|---|---|---|---|{}", if judge.is_some() { "---|" } else { "" });
    let mut all = 0.0;
    for group in sweep.noises {
        let (ducks, cuts) = sweep.false_alarms(std::slice::from_ref(group), setting);
        let row = format!("| {} | {:.1} | {ducks:.0} | {cuts:.0} |", group.name, group.hours() * 60.0);
        let Some(judge) = judge.as_deref_mut() else {
            println!("{row}");
            continue;
        };
        let mut lost = 0.0;
        for clip in &group.clips {
            for cut in sweep.trace(clip, setting).cuts {
                lost += f64::from(judge.loses(clip, cut, setting.cut_ms)?);
            }
        }
        all += lost;
        println!("{row} {:.0} |", lost / group.hours());
    }
    let hours: f64 = sweep.noises.iter().map(ClipGroup::hours).sum();
    let (ducks, cuts) = sweep.false_alarms(sweep.noises, setting);
    let lost = if judge.is_some() { format!(" {:.0} |", all / hours) } else { String::new() };
    println!("| all | {:.1} | {ducks:.0} | {cuts:.0} |{lost}", hours * 60.0);
    Ok(())
}

/// Prints how many of the sounds that do not ask for the floor lower a reply, cut it and, where `judge` hears the
/// words, end it.
///
/// # Errors
/// When the recogniser fails.
pub fn print_fillers(
    sweep: &Sweep,
    fillers: &[ClipGroup],
    setting: Setting,
    mut judge: Option<&mut CutJudge>,
) -> Result<()> {
    let words = judge.is_some();
    println!("\n| not meant to end a reply | sounds | lowered it | cut it |{}", if words { " ended it |" } else { "" });
    println!("|---|---|---|---|{}", if words { "---|" } else { "" });
    for group in fillers {
        let ReplyFates { ducked, cut, ended } = sweep.fates(group, setting, judge.as_deref_mut())?;
        let ended = if words { format!(" {ended} |") } else { String::new() };
        println!("| {} | {} | {ducked} | {cut} |{ended}", group.name, group.clips.len());
    }
    Ok(())
}

/// Prints all settings of a sweep.
pub fn print_settings(swept: &[(Setting, Rates)]) {
    println!(
        "\n| threshold | voice that cuts | lowered within 200 ms | cut within 300 ms | 400 ms | not cut | lowered an hour | cut an hour |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (Setting { threshold, cut_ms, .. }, rates) in swept {
        println!(
            "| {threshold:.1} | {cut_ms} ms | {} | {} | {} | {} | {:.0} | {:.0} |",
            percent(rates.ducked),
            percent(rates.cut[0]),
            percent(rates.cut[1]),
            percent(rates.missed),
            rates.false_ducks,
            rates.false_cuts
        );
    }
}

/// Draws the sweep of `feed`, and golem's `own` setting, into the feed's picture.
///
/// # Errors
/// When the picture cannot be written.
pub fn draw(feed: BargeFeed, swept: &[(Setting, Rates)], own: &Rates, path: &Path) -> Result<()> {
    chart(feed, swept, own).write(&picture(feed, path))
}

/// The path of a feed's picture: that of the bare microphone is `path`, the other one lies beside it.
fn picture(feed: BargeFeed, path: &Path) -> PathBuf {
    match feed {
        BargeFeed::Microphone => path.into(),
        BargeFeed::Cancelled => {
            let mut name = path.file_stem().unwrap_or_default().to_os_string();
            name.push("-cancelled");
            let name = PathBuf::from(name).with_added_extension(path.extension().unwrap_or_default());
            path.with_file_name(name)
        }
    }
}

/// A curve for each length of voice, from the highest threshold to the lowest, and golem's own setting as a point.
fn chart(feed: BargeFeed, swept: &[(Setting, Rates)], own: &Rates) -> Chart {
    let point = |rates: &Rates| (rates.false_cuts, 100.0 * rates.cut[1]);
    let along = |cut_ms| {
        let same = swept.iter().rev().filter(|(setting, _)| setting.cut_ms == cut_ms);
        Curve { name: format!("{cut_ms} ms of voice"), points: same.map(|(_, rates)| point(rates)).collect() }
    };
    let mut curves: Vec<Curve> = feed.cut_ms().into_iter().map(along).collect();
    curves.push(Curve { name: "golem's settings".into(), points: vec![point(own)] });
    let points = || curves.iter().flat_map(|curve| &curve.points);
    Chart {
        title: format!("Voices that cut a reply within 400 ms, and other sounds that do, {}", feed.place()),
        x: Axis::covering_log("false cuts an hour of noise", points().map(|point| point.0)),
        y: Axis::covering_percent("voices that cut, in %", points().map(|point| point.1)),
        curves: curves.clone(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_behind_a_canceller_lies_beside_the_other() {
        let path = |feed| picture(feed, Path::new("a/curves.svg"));
        assert_eq!(path(BargeFeed::Microphone), Path::new("a/curves.svg"));
        assert_eq!(path(BargeFeed::Cancelled), Path::new("a/curves-cancelled.svg"));
        assert_eq!(picture(BargeFeed::Cancelled, Path::new("curves")), Path::new("curves-cancelled"));
    }

    #[test]
    fn each_feed_has_a_curve_for_each_length_of_voice_and_golems_point() {
        for feed in BargeFeed::ALL {
            let swept: Vec<(Setting, Rates)> = feed
                .cut_ms()
                .into_iter()
                .flat_map(|cut_ms| [0.4, 0.5].map(|threshold| Setting { feed, threshold, cut_ms }))
                .map(|setting| (setting, Rates { cut: [0.5, 0.9], false_cuts: 20.0, ..Rates::default() }))
                .collect();
            let chart = chart(feed, &swept, &Rates { cut: [0.8, 0.96], false_cuts: 50.0, ..Rates::default() });
            assert!(chart.title.ends_with(feed.place()));
            assert_eq!(chart.curves.iter().map(|curve| curve.points.len()).collect::<Vec<_>>(), [2, 2, 2, 2, 2, 2, 1]);
            assert_eq!(chart.curves[6].points, [(50.0, 96.0)]);
        }
    }
}
