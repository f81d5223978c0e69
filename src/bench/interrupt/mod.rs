//! The curves of barge-in: how surely and how soon real voices cut a reply, against how often other sounds do.

mod curve;
mod judge;
mod material;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;

use self::curve::{Setting, after, trace};
use self::judge::CutJudge;
use self::material::{ClipGroup, JudgedClip};
use super::chart::{Axis, Chart, Curve};
use crate::config::Config;
use crate::engine::registry::{self, Files};
use crate::metrics::quantile;

/// Milliseconds from the first sound of a voice within which a reply is to be lowered: people hear that as at once.
const DUCKED: f64 = 200.0;
/// Milliseconds within which it is to be cut: people hear the first as at once, and still accept the second.
const CUT: [f64; 2] = [300.0, 400.0];
/// Thresholds of the sweep.
const THRESHOLDS: [f32; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// Milliseconds of voice of the sweep.
const CUT_MS: [u64; 6] = [96, 128, 160, 200, 256, 320];

/// What to measure.
#[derive(Clone, Debug, Args)]
pub struct InterruptArgs {
    /// Folder with recordings in folders named voices, sentences, commands, keywords, noise, residual
    /// [default: ../shared/speech of the checkout]
    folder: Option<PathBuf>,
    /// Take at most so many recordings of a folder or a kind of noise
    #[arg(long, value_name = "COUNT", default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    /// Have the installed recogniser judge what cut the reply, as golem does: the share of cuts that lose it
    #[arg(long)]
    words: bool,
    /// Draw the curves into an SVG file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Measures and prints.
pub fn run(args: &InterruptArgs, config: &Config, files: &Files) -> Result<()> {
    let speech = args.folder.clone().unwrap_or_else(super::checkout::speech);
    ensure!(speech.is_dir(), "there are no recordings at {}; name a folder of some", speech.display());
    let mut vad = registry::vad(files)?;
    let voices = material::voices(&speech, &mut *vad, args.limit)?;
    let noises = material::noises(&speech, &mut *vad, args.limit)?;
    ensure!(!noises.is_empty(), "no folder of {} has other sounds: noise, residual", speech.display());
    ensure!(!voices.is_empty(), "no folder of {} has voices: voices, sentences, commands, keywords", speech.display());
    let sweep = Sweep { config, voices: &voices, noises: &noises };
    let own = Setting::of(&config.vad, &config.barge_in);
    let swept = sweep.settings(own);
    sweep.print_voices(own);
    let judge = args.words.then(|| registry::asr(&config.asr, files, None)).transpose()?;
    sweep.print_noises(own, judge.map(|chosen| CutJudge::new(config, chosen.engine)).as_mut())?;
    print_settings(&swept);
    args.svg.as_deref().map_or(Ok(()), |path| draw(&swept, &sweep.rates(own), path))
}

/// When a voice lowered and cut a reply, in milliseconds from its first sound.
#[derive(Clone, Copy, Debug)]
struct BargeDelay {
    duck: Option<f64>,
    cut: Option<f64>,
}

/// The recordings that settings are tried on.
struct Sweep<'a> {
    config: &'a Config,
    voices: &'a [ClipGroup],
    noises: &'a [ClipGroup],
}

/// Shares and rates of one setting over several groups.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    /// Share of voices that lower the reply within [`DUCKED`].
    ducked: f64,
    /// Shares of voices that cut within each of [`CUT`].
    cut: [f64; 2],
    /// Share of voices that do not cut at all.
    missed: f64,
    /// Times an hour that noise lowers the reply.
    false_ducks: f64,
    /// Times an hour that noise cuts it.
    false_cuts: f64,
}

impl Sweep<'_> {
    fn trace(&self, clip: &JudgedClip, setting: Setting) -> curve::BargeTrace {
        trace(&clip.probabilities, setting, &self.config.vad, &self.config.barge_in)
    }

    /// Milliseconds from the beginning of each voice to the first duck and the first cut after it.
    fn delays(&self, groups: &[ClipGroup], setting: Setting) -> Vec<BargeDelay> {
        let clips = groups.iter().flat_map(|group| &group.clips);
        clips
            .map(|clip| {
                let trace = self.trace(clip, setting);
                let first =
                    |frames: &[usize]| frames.iter().map(|frame| after(clip.onset, *frame)).find(|ms| *ms > 0.0);
                BargeDelay { duck: first(&trace.ducks), cut: first(&trace.cuts) }
            })
            .collect()
    }

    #[allow(clippy::cast_precision_loss)]
    fn rates(&self, setting: Setting) -> Rates {
        let delays = self.delays(self.voices, setting);
        let share = |hit: &dyn Fn(&BargeDelay) -> bool| {
            delays.iter().filter(|delay| hit(delay)).count() as f64 / delays.len().max(1) as f64
        };
        // A cut lowers the reply as well.
        let ducked = share(&|delay| delay.duck.or(delay.cut).is_some_and(|ms| ms <= DUCKED));
        let cut = CUT.map(|limit| share(&|delay| delay.cut.is_some_and(|ms| ms <= limit)));
        let (ducks, cuts) = self.false_alarms(self.noises, setting);
        Rates { ducked, cut, missed: share(&|delay| delay.cut.is_none()), false_ducks: ducks, false_cuts: cuts }
    }

    /// Times an hour that noise lowers and cuts a reply.
    #[allow(clippy::cast_precision_loss)]
    fn false_alarms(&self, groups: &[ClipGroup], setting: Setting) -> (f64, f64) {
        let hours: f64 = groups.iter().map(ClipGroup::hours).sum();
        let traces = groups.iter().flat_map(|group| &group.clips).map(|clip| self.trace(clip, setting));
        let (ducks, cuts) = traces.fold((0, 0), |(ducks, cuts), trace| {
            (ducks + trace.ducks.len().max(trace.cuts.len()), cuts + trace.cuts.len())
        });
        let hours = hours.max(f64::MIN_POSITIVE);
        (ducks as f64 / hours, cuts as f64 / hours)
    }

    fn print_voices(&self, setting: Setting) {
        println!("{}\n", in_words(setting));
        println!(
            "| voices over a reply | recordings | lowered within 200 ms | cut within 300 ms | 400 ms | not cut | p50 | p95 |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for group in self.voices {
            let one = std::slice::from_ref(group);
            let rates = Sweep { voices: one, noises: &[], ..*self }.rates(setting);
            let mut cuts: Vec<f64> = self.delays(one, setting).into_iter().filter_map(|delay| delay.cut).collect();
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

    fn print_noises(&self, setting: Setting, mut judge: Option<&mut CutJudge>) -> Result<()> {
        let lost = if judge.is_some() { " replies lost an hour |" } else { "" };
        println!("\n| other sounds over a reply | minutes | lowered an hour | cut an hour |{lost}");
        println!("|---|---|---|---|{}", if judge.is_some() { "---|" } else { "" });
        let mut all = 0.0;
        for group in self.noises {
            let (ducks, cuts) = self.false_alarms(std::slice::from_ref(group), setting);
            let row = format!("| {} | {:.1} | {ducks:.0} | {cuts:.0} |", group.name, group.hours() * 60.0);
            let Some(judge) = judge.as_deref_mut() else {
                println!("{row}");
                continue;
            };
            let mut lost = 0.0;
            for clip in &group.clips {
                for cut in self.trace(clip, setting).cuts {
                    lost += f64::from(judge.loses(clip, cut)?);
                }
            }
            all += lost;
            println!("{row} {:.0} |", lost / group.hours());
        }
        let hours: f64 = self.noises.iter().map(ClipGroup::hours).sum();
        let (ducks, cuts) = self.false_alarms(self.noises, setting);
        let lost = if judge.is_some() { format!(" {:.0} |", all / hours) } else { String::new() };
        println!("| all | {:.1} | {ducks:.0} | {cuts:.0} |{lost}", hours * 60.0);
        Ok(())
    }

    /// All settings of the sweep with their rates.
    fn settings(&self, own: Setting) -> Vec<(Setting, Rates)> {
        let all =
            CUT_MS.into_iter().flat_map(|cut_ms| THRESHOLDS.map(|threshold| Setting { threshold, cut_ms, ..own }));
        all.map(|setting| (setting, self.rates(setting))).collect()
    }
}

fn print_settings(swept: &[(Setting, Rates)]) {
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

fn draw(swept: &[(Setting, Rates)], own: &Rates, path: &Path) -> Result<()> {
    let point = |rates: &Rates| (rates.false_cuts, 100.0 * rates.cut[1]);
    let along = |cut_ms| {
        let same = swept.iter().rev().filter(|(setting, _)| setting.cut_ms == cut_ms);
        Curve { name: format!("{cut_ms} ms of voice"), points: same.map(|(_, rates)| point(rates)).collect() }
    };
    let mut curves: Vec<Curve> = CUT_MS.into_iter().map(along).collect();
    curves.push(Curve { name: "golem's settings".into(), points: vec![point(own)] });
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let chart = Chart {
        title: "Voices that cut a reply within 400 ms, and other sounds that do".into(),
        x: Axis::covering_log("false cuts an hour of noise", points().map(|point| point.0)),
        y: Axis::covering_percent("voices that cut, in %", points().map(|point| point.1)),
        curves: curves.clone(),
    };
    chart.write(path)
}

/// A setting in words.
fn in_words(setting: Setting) -> String {
    let Setting { threshold, duck_frames, cut_ms } = setting;
    format!("threshold {threshold}, lowered after {duck_frames} frames, cut after {cut_ms} ms of voice")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
