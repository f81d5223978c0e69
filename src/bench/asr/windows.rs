//! The shortest window that costs a model no accuracy.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::corpus::WordRecording;
use super::figures::AsrFigures;
use super::probe::{ProbeResult, hear};
use crate::config::{AudioContext, Config, sample};
use crate::device::wav::read_all;
use crate::engine::whisper::Whisper;

/// Windows that are tried, in seconds, shortest first; each is compared with the full one.
const TRIED: [u8; 6] = [6, 8, 10, 12, 15, 20];
/// Rise of the word error rate over the full window, in percentage points, that counts as chance.
const CHANCE: f64 = 0.5;
/// One in so many recordings may be read twice.
const AGAIN: usize = 100;

/// Tries windows with each of `models`, and writes the last one's into the config at `write`.
pub fn find(models: &[PathBuf], config: &Config, corpus: &[WordRecording], write: Option<&Path>) -> Result<()> {
    for model in models {
        let found = of_model(model, config, corpus)?;
        let setting = String::from(found);
        println!("{}: asr.audio_context = \"{setting}\"\n", model.display());
        if let Some(path) = write {
            write_to(path, &setting)?;
            println!("written to {}", path.display());
        }
    }
    Ok(())
}

fn of_model(model: &Path, config: &Config, corpus: &[WordRecording]) -> Result<AudioContext> {
    let mut asr = Whisper::open(model, &config.asr)?;
    let audio = corpus.iter().map(|recording| Ok(read_all(&recording.path)?)).collect::<Result<Vec<_>>>()?;
    let mut measure = |context: AudioContext| -> Result<AsrFigures> {
        asr.look(context);
        let before = asr.read_again();
        let lines = audio.iter().map(|audio| hear(&mut asr, audio)).collect::<Result<_>>()?;
        let heard = ProbeResult { lines, faults: [0; 2], mb: [0; 3], again: asr.read_again() - before };
        Ok(AsrFigures::of(&heard, corpus))
    };
    println!("| window, {} | WER % | over 5 s | up to 5 s | ms, up to 5 s | read again |", model.display());
    println!("|---|---|---|---|---|---|");
    let mut row = |context: AudioContext| -> Result<AsrFigures> {
        let figures = measure(context)?;
        let [all, long, short] = [0, 1, 2].map(|group| figures.wer(group));
        let (ms, again) = (figures.median_ms(), figures.again());
        println!("| {} | {all:.1} | {long:.1} | {short:.1} | {ms:.0} | {again} |", String::from(context));
        Ok(figures)
    };
    let full = row(AudioContext::Full)?;
    for seconds in TRIED {
        let figures = row(AudioContext::Seconds(seconds))?;
        let as_good = |group| figures.wer(group) <= full.wer(group) + CHANCE;
        if as_good(1) && as_good(2) && figures.again() * AGAIN <= corpus.len() {
            return Ok(AudioContext::Seconds(seconds));
        }
    }
    Ok(AudioContext::Full)
}

/// Sets `asr.audio_context` in the config at `path`, in one step; its other settings stay.
fn write_to(path: &Path, setting: &str) -> Result<()> {
    let cannot = || format!("cannot write {}; name another file with --config", path.display());
    let old = std::fs::read_to_string(path).unwrap_or_default();
    let table: Table = old.parse().with_context(|| path.display().to_string())?;
    let mut changes = sample::flat(&table);
    changes.push(("asr.audio_context".into(), Value::from(setting)));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(cannot)?;
    if !old.is_empty() {
        std::fs::write(path.with_extension("toml.old"), &old).with_context(cannot)?;
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(cannot)?;
    std::io::Write::write_all(&mut file, sample::with("Settings of golem.", &changes).as_bytes())
        .with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::Layer;
    use crate::config::merge::merge;

    #[test]
    fn a_window_is_written_and_other_settings_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("golem/config.toml");
        write_to(&path, "12s").unwrap();
        std::fs::write(&path, "[turn]\nsilence_ms = 700\n").unwrap();
        write_to(&path, "15s").unwrap();
        let table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let config = merge(&[Layer { origin: "written".into(), table }]).unwrap();
        assert_eq!((config.asr.audio_context, config.turn.silence_ms), (AudioContext::Seconds(15), 700));
    }
}
