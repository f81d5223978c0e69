//! The arguments of the measurement.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
pub struct ServeBenchArgs {
    /// Folders with a manifest.tsv (path, seconds, label) in or above them [default: sentences and keywords in
    /// ../shared/speech of the checkout]
    pub folders: Vec<PathBuf>,
    /// Whisper models, by name or folder [default: the one that golem would take]
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub model: Vec<String>,
    /// Clients who speak, at the pace of their recordings, and get words meanwhile, instead of clients who upload
    #[arg(long)]
    pub streams: bool,
    /// Utterances of a single streaming client; several say as many together, but two each at least
    #[arg(long, value_name = "COUNT", default_value_t = 8)]
    pub utterances: usize,
    /// Numbers of clients
    #[arg(long, value_delimiter = ',', value_name = "COUNT", default_values_t = [1, 4, 16, 64],
        value_parser = clap::value_parser!(u16).range(1..=256))]
    pub clients: Vec<u16>,
    /// Recordings that are sent for each number of clients, in all
    #[arg(long, value_name = "COUNT", default_value_t = 96)]
    pub requests: usize,
    /// Recognisers, each with a model in memory, and threads of each
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub recognisers: u16,
    /// Threads of a recogniser
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub threads: u16,
    /// A Python that has faster-whisper (and websockets, for streams), to measure beside golem: int8, a beam of 5
    #[arg(long, value_name = "PYTHON")]
    pub peer: Option<PathBuf>,
}
