//! The arguments of `golem bench echo`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use serde::Serialize;
use strum::VariantNames;

use crate::config::echo::Canceller;

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EchoPart {
    /// Cancellers and rules, in 60 conditions.
    Open,
    /// Real pairs of loudspeaker and microphone.
    Pairs,
    /// The whole golem, talking and interrupted.
    Closed,
    /// Words said over the reply, as speech to text gets them.
    Words,
}

/// Every other speaker and condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EchoHalf {
    /// For the choice of settings.
    First,
    /// To check them on what they were not chosen by.
    Second,
}

/// The rooms of the closed loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EchoRooms {
    /// Five rooms, in 60 conditions.
    Listed,
    /// Drawn at random, like delays, levels and the pitch of all voices: what is fitted to such conversations knows
    /// neither the rooms nor the voices that it is measured in.
    Drawn,
}

/// When people begin to speak over a reply: at moments drawn from these seconds after its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OnsetRange {
    from: f64,
    to: f64,
}

impl OnsetRange {
    /// Latest moment, in seconds: half of what a reply of the closed loop lasts.
    const LATEST: f64 = 30.0;

    /// The moment at a share (0..=1) of the range, in seconds after the beginning of the reply.
    pub fn at(self, share: f64) -> f64 {
        self.from + (self.to - self.from) * share
    }
}

impl Default for OnsetRange {
    /// Leaves out the first second of a reply, in which a canceller may still await the lag of the echo.
    fn default() -> Self {
        Self { from: 1.0, to: 6.0 }
    }
}

impl fmt::Display for OnsetRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

impl FromStr for OnsetRange {
    type Err = String;

    /// Reads `1..6`.
    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("\"{text}\" is no range of seconds within 0 to {}, such as 0..1", Self::LATEST);
        let seconds =
            |part: &str| part.parse::<f64>().ok().filter(|at| (0.0..=Self::LATEST).contains(at)).ok_or_else(fault);
        let (from, to) = text.split_once("..").ok_or_else(fault)?;
        let range = Self { from: seconds(from)?, to: seconds(to)? };
        if range.from <= range.to { Ok(range) } else { Err(fault()) }
    }
}

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct EchoArgs {
    /// What to measure [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) part: Vec<EchoPart>,
    /// Cancellers of the open loop; `off` hears the microphone as it is [default: that of the config]
    #[arg(long, value_delimiter = ',', value_parser = canceller)]
    pub(super) cancellers: Vec<Canceller>,
    /// Folders of recordings of people who speak over golem [default: voices, sentences, commands and keywords of
    /// ../shared/speech beside the checkout where they are, its synthesised fixtures otherwise]
    #[arg(long, value_name = "FOLDER")]
    pub(super) voices: Vec<PathBuf>,
    /// Folder of pairs NAME_lpb and NAME_mic [default: ../shared/speech/echo/real where that is]
    #[arg(long, value_name = "FOLDER")]
    pub(super) pairs: Option<PathBuf>,
    /// Folders of recordings with a manifest of their words [default: ../shared/speech/sentences where that is]
    #[arg(long, value_name = "FOLDER")]
    pub(super) words: Vec<PathBuf>,
    /// Recordings of words to say over golem, for each feed
    #[arg(long, default_value_t = 20)]
    pub(super) said: usize,
    /// Seconds of each condition of the open loop
    #[arg(long, default_value_t = 60.0)]
    pub(super) seconds: f64,
    /// Hours that golem talks to itself in the closed loop
    #[arg(long, default_value_t = 0.1, value_parser = hours)]
    pub(super) hours: f64,
    /// People who speak over it in the closed loop
    #[arg(long, default_value_t = 60)]
    pub(super) count: usize,
    /// Seconds after the beginning of a reply in which people begin to speak, in the closed loop and with words: in
    /// 0..1 golem may still await the lag of its echo
    #[arg(long, value_name = "FROM..TO", default_value_t)]
    pub(super) after: OnsetRange,
    /// Only one half of the speakers and conditions in the closed loop: settings that are chosen on one have to hold on the
    /// other
    #[arg(long, value_enum)]
    pub(super) half: Option<EchoHalf>,
    /// Write the signs of a person in each frame of the closed loop into a file, for scripts/fit-near-end
    #[arg(long, value_name = "FILE")]
    pub(super) signs: Option<PathBuf>,
    /// What the folders of --voices hold is noise: no one speaks in it
    #[arg(long, requires = "voices")]
    pub(super) noise: bool,
    /// Rooms of the closed loop
    #[arg(long, value_enum, default_value_t = EchoRooms::Listed)]
    pub(super) rooms: EchoRooms,
    /// Threads of the closed loop
    #[arg(long, default_value_t = 1)]
    pub(super) jobs: usize,
    /// Show on standard error when golem fell silent by itself, and the people for whom it was too late with the
    /// probability of a voice and the level of each frame around their onset
    #[arg(long)]
    pub(super) trace: bool,
    /// Seed of moments and people
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// A report for programs, on standard output
    #[arg(long)]
    pub(super) json: bool,
    /// Draw how soon people are heard in the closed loop, or else people found against golem taken for one in the open loop,
    /// into an SVG file
    #[arg(long, value_name = "FILE")]
    pub(super) svg: Option<PathBuf>,
}

fn canceller(text: &str) -> Result<Canceller, String> {
    text.parse().map_err(|_| format!("there are {}", Canceller::VARIANTS.join(", ")))
}

fn hours(text: &str) -> Result<f64, String> {
    let hours = text.parse::<f64>().ok().filter(|hours| (0.0..=100.0).contains(hours));
    hours.ok_or_else(|| format!("\"{text}\" is no number of hours from 0 to 100"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reads_what_it_prints_and_refuses_what_no_reply_has() {
        for text in ["1..6", "0..1", "0.5..0.75", "2..2"] {
            assert_eq!(text.parse::<OnsetRange>().map(|range| range.to_string()), Ok(text.into()));
        }
        assert_eq!("1..6".parse::<OnsetRange>(), Ok(OnsetRange::default()));
        for text in ["", "1", "6..1", "-1..1", "0..31", "a..b", "1..NaN"] {
            assert!(text.parse::<OnsetRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_spread_over_the_whole_range() {
        let range = OnsetRange { from: 0.5, to: 1.5 };
        assert_eq!([0.0, 0.25, 1.0].map(|share| Some(range.at(share))), [Some(0.5), Some(0.75), Some(1.5)]);
    }
}
