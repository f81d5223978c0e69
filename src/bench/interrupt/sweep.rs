//! The detector of barge-in over all recordings: shares and rates under one setting, and under all of a sweep.

use anyhow::Result;

use super::curve::{BargeFeed, BargeTrace, Setting, after, trace};
use super::judge::CutJudge;
use super::material::{ClipGroup, JudgedClip};
use crate::config::Config;

/// Milliseconds from the first sound of a voice within which a reply is to be lowered: people hear that as at once.
const DUCKED: f64 = 200.0;
/// Milliseconds of a voice for which a reply that was lowered before it must stay so, in order to count.
const STAYS: f64 = 100.0;
/// Milliseconds within which it is to be cut: people hear the first as at once, and still accept the second.
const CUT: [f64; 2] = [300.0, 400.0];
/// Thresholds of the sweep.
const THRESHOLDS: [f32; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// When a voice lowered and cut a reply, in milliseconds from its first sound.
#[derive(Clone, Copy, Debug)]
pub struct BargeDelay {
    duck: Option<f64>,
    /// When it cut.
    pub cut: Option<f64>,
}

/// The recordings that settings are tried on.
pub struct Sweep<'a> {
    /// Golem's settings, which a setting changes.
    pub config: &'a Config,
    /// Voices that are to cut a reply.
    pub voices: &'a [ClipGroup],
    /// Sounds that are not.
    pub noises: &'a [ClipGroup],
}

/// Shares and rates of one setting over several groups.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Share of voices that lower the reply within [`DUCKED`].
    pub ducked: f64,
    /// Shares of voices that cut within each of [`CUT`].
    pub cut: [f64; 2],
    /// Share of voices that do not cut at all.
    pub missed: f64,
    /// Times an hour that noise lowers the reply.
    pub false_ducks: f64,
    /// Times an hour that noise cuts it.
    pub false_cuts: f64,
}

/// How many sounds of a group did something to a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyFates {
    /// Sounds that lowered it.
    pub ducked: usize,
    /// Sounds that cut it.
    pub cut: usize,
    /// Sounds whose words ended it; none where no one judges words.
    pub ended: usize,
}

impl Sweep<'_> {
    /// When a reply is lowered and cut over a recording.
    pub fn trace(&self, clip: &JudgedClip, setting: Setting) -> BargeTrace {
        trace(&clip.probabilities, setting, &self.config.vad, &self.config.barge_in)
    }

    /// Milliseconds from the beginning of each voice until the reply is lowered, 0 where it is already, and to the
    /// first cut after it.
    pub fn delays(&self, groups: &[ClipGroup], setting: Setting) -> Vec<BargeDelay> {
        let clips = groups.iter().flat_map(|group| &group.clips);
        clips
            .map(|clip| {
                let trace = self.trace(clip, setting);
                let ms = |frame: usize| after(clip.onset, frame);
                let duck = trace.ducks.iter().find(|(from, to)| ms(*from) > 0.0 || ms(*to) > STAYS);
                let duck = duck.map(|(from, _)| ms(*from).max(0.0));
                let cut = trace.cuts.iter().map(|frame| ms(*frame)).find(|ms| *ms > 0.0);
                // A cut lowers the reply as well.
                BargeDelay { duck: [duck, cut].into_iter().flatten().reduce(f64::min), cut }
            })
            .collect()
    }

    /// Shares of the voices and rates of the noises under one setting.
    #[allow(clippy::cast_precision_loss)]
    pub fn rates(&self, setting: Setting) -> Rates {
        let delays = self.delays(self.voices, setting);
        let share = |hit: &dyn Fn(&BargeDelay) -> bool| {
            delays.iter().filter(|delay| hit(delay)).count() as f64 / delays.len().max(1) as f64
        };
        let ducked = share(&|delay| delay.duck.is_some_and(|ms| ms <= DUCKED));
        let cut = CUT.map(|limit| share(&|delay| delay.cut.is_some_and(|ms| ms <= limit)));
        let (ducks, cuts) = self.false_alarms(self.noises, setting);
        Rates { ducked, cut, missed: share(&|delay| delay.cut.is_none()), false_ducks: ducks, false_cuts: cuts }
    }

    /// Times an hour that noise lowers and cuts a reply.
    #[allow(clippy::cast_precision_loss)]
    pub fn false_alarms(&self, groups: &[ClipGroup], setting: Setting) -> (f64, f64) {
        let hours: f64 = groups.iter().map(ClipGroup::hours).sum();
        let traces = groups.iter().flat_map(|group| &group.clips).map(|clip| self.trace(clip, setting));
        let (ducks, cuts) = traces.fold((0, 0), |(ducks, cuts), trace| {
            (ducks + trace.ducks.len().max(trace.cuts.len()), cuts + trace.cuts.len())
        });
        let hours = hours.max(f64::MIN_POSITIVE);
        (ducks as f64 / hours, cuts as f64 / hours)
    }

    /// How many sounds of `group` lower a reply, cut it and, where `judge` hears their words, end it.
    ///
    /// # Errors
    /// When the recogniser fails.
    pub fn fates(&self, group: &ClipGroup, setting: Setting, mut judge: Option<&mut CutJudge>) -> Result<ReplyFates> {
        let mut fates = ReplyFates::default();
        for clip in &group.clips {
            let trace = self.trace(clip, setting);
            fates.ducked += usize::from(!trace.ducks.is_empty() || !trace.cuts.is_empty());
            fates.cut += usize::from(!trace.cuts.is_empty());
            let mut ended = false;
            if let Some(judge) = judge.as_deref_mut() {
                for frame in trace.cuts {
                    ended = ended || judge.loses(clip, frame, setting.cut_ms)?;
                }
            }
            fates.ended += usize::from(ended);
        }
        Ok(fates)
    }

    /// All settings of the sweep for one feed, with their rates.
    pub fn settings(&self, feed: BargeFeed) -> Vec<(Setting, Rates)> {
        let all = feed
            .cut_ms()
            .into_iter()
            .flat_map(|cut_ms| THRESHOLDS.map(|threshold| Setting { feed, threshold, cut_ms }));
        all.map(|setting| (setting, self.rates(setting))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::frame::FRAME;

    /// A group of one recording of three seconds with a voice of 96 ms after frames of `before`.
    fn short_voice_after(before: f32) -> [ClipGroup; 1] {
        let probabilities = [vec![before; 40], vec![0.9; 3], vec![0.0; 57]].concat();
        let clip = JudgedClip { samples: vec![0.0; probabilities.len() * FRAME], onset: 40 * FRAME, probabilities };
        [ClipGroup { name: "a short voice".into(), clips: vec![clip] }]
    }

    #[test]
    fn a_short_voice_cuts_only_behind_a_canceller() {
        let (config, group) = (Config::default(), short_voice_after(0.0));
        let sweep = Sweep { config: &config, voices: &group, noises: &group };
        let of = |feed| {
            let setting = Setting::of(feed, &config.vad, &config.barge_in);
            let Rates { ducked, cut, missed, false_cuts, .. } = sweep.rates(setting);
            ((ducked, cut, missed, false_cuts > 0.0), sweep.fates(&group[0], setting, None).unwrap())
        };
        let fates = |cut| ReplyFates { ducked: 1, cut, ended: 0 };
        assert_eq!(of(BargeFeed::Microphone), ((1.0, [0.0, 0.0], 1.0, false), fates(0)));
        assert_eq!(of(BargeFeed::Cancelled), ((1.0, [1.0, 1.0], 0.0, true), fates(1)));
    }

    #[test]
    fn a_reply_that_is_already_low_when_the_voice_begins_counts_as_lowered() {
        let config = Config::default();
        let duck = |threshold, before| {
            let setting = Setting { feed: BargeFeed::Cancelled, threshold, cut_ms: 64 };
            let group = short_voice_after(before);
            let sweep = Sweep { config: &config, voices: &group, noises: &[] };
            sweep.delays(&group, setting)[0].duck
        };
        assert_eq!((duck(0.95, 0.0), duck(0.95, 0.2)), (Some(32.0), Some(0.0)));
        assert_eq!(duck(0.6, 0.2), Some(64.0), "the cut");
    }

    #[test]
    fn the_sweep_of_each_feed_has_what_golem_comes_with() {
        let (config, group) = (Config::default(), short_voice_after(0.0));
        let sweep = Sweep { config: &config, voices: &group, noises: &group };
        for feed in BargeFeed::ALL {
            let own = Setting::of(feed, &config.vad, &config.barge_in);
            let swept = sweep.settings(feed);
            assert_eq!(swept.len(), THRESHOLDS.len() * feed.cut_ms().len());
            assert!(swept.iter().any(|(setting, _)| *setting == own), "{own:?}");
        }
    }
}
