//! Recordings of people, split at their pauses, with the verdicts on sound and words at each.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::rules::{KnownPause, PausePlace, TurnKind};
use crate::bench::manifest::{self, ManifestRow};
use crate::config::speech_engine::AsrEngine;
use crate::config::{AsrConfig, Config};
use crate::device::wav::read_all;
use crate::dialog::endpoint::TurnWording;
use crate::dialog::vad::Gate;
use crate::dialog::wording::{CommandWords, TurnLists};
use crate::engine::options::{AsrOptions, WordTiming};
use crate::engine::registry::{self, Files};
use crate::engine::{Transcriber, TurnModel, Vad};
use crate::intent::matching::interpret::Interpreter;
use crate::message::Transcript;
use crate::signal::frame::{FRAME, FRAME_MS, RATE};
use crate::turn::Ticket;
use crate::worker::asr::AsrJob;
use crate::worker::recorder::Recorder;

/// Folders of the recordings whose pauses are within sentences and commands.
const FOLDERS: [&str; 4] = ["sentences", "commands", "keywords", "fillers"];
/// Silence that is added at the end, made of the recording's own quietest tenth of a second: 3 s.
const AFTER: usize = 3 * RATE as usize;
/// Length of that quietest piece, in samples.
const QUIET: usize = RATE as usize / 10;
/// The shortest pause that counts, in frames: 96 ms.
const LEAST: usize = 3;

/// Who speaks in a recording; its name where that is not known.
fn speaker(recording: &ManifestRow) -> String {
    let name = || recording.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if recording.speaker.is_empty() { name() } else { recording.speaker.clone() }
}

fn kind(recording: &ManifestRow) -> TurnKind {
    if recording.label.contains('{') {
        TurnKind::Command
    } else if recording.label.split_whitespace().count() <= 2 {
        TurnKind::Short
    } else {
        TurnKind::Sentence
    }
}

/// Whether the turn is over at the end of a recording. A comma at the end of the label says that it is not.
fn is_whole(recording: &ManifestRow) -> bool {
    !recording.label.ends_with(',')
}

/// The recordings of people's turns among `rows`, those of a speaker one after the other.
fn turns(mut rows: Vec<ManifestRow>) -> Vec<ManifestRow> {
    // A label in brackets names a sound.
    rows.retain(|row| row.is_in(&FOLDERS) && !row.label.is_empty() && !row.label.contains('['));
    rows.sort_by(|a, b| a.speaker.cmp(&b.speaker).then(a.path.cmp(&b.path)));
    rows
}

/// The engines that hear the recordings, and the time they take.
pub struct PauseListener<'a> {
    config: &'a Config,
    vad: Box<dyn Vad>,
    turn: Box<dyn TurnModel>,
    ears: Option<Box<dyn Transcriber>>,
    interpreter: Option<Interpreter>,
    lists: TurnLists,
    /// Milliseconds that each judgement took.
    pub ear_ms: Vec<f64>,
    /// Milliseconds that each decoding took.
    pub words_ms: Vec<f64>,
}

impl<'a> PauseListener<'a> {
    /// The voice detector, the turn model and, where `words` matter, Whisper. `interpreter` knows the commands.
    pub fn open(config: &'a Config, files: &Files, words: bool, interpreter: Option<Interpreter>) -> Result<Self> {
        let turn =
            registry::turn(files)?.context("no turn model is installed: type golem models fetch smart-turn-v3.2")?;
        let asr = AsrConfig { engine: AsrEngine::Whisper, ..config.asr.clone() };
        let ears = words.then(|| registry::asr(&asr, files, None)).transpose()?;
        if let Some(ears) = &ears {
            eprintln!("ears: {}", ears.engine.describe());
        }
        Ok(Self {
            config,
            vad: registry::vad(files)?,
            turn,
            ears: ears.map(|ears| ears.engine),
            interpreter,
            lists: TurnLists::new(&config.turn),
            ear_ms: Vec::new(),
            words_ms: Vec::new(),
        })
    }

    /// All pauses of the recordings in `folder`; every `step`th recording.
    pub fn hear(&mut self, folder: &Path, step: usize) -> Result<Vec<KnownPause>> {
        let listed = turns(manifest::read(folder)?);
        ensure!(!listed.is_empty(), "{} lists no recording under {}", folder.display(), FOLDERS.join(", "));
        let recordings: Vec<_> = listed.into_iter().step_by(step.max(1)).collect();
        let mut sessions: HashMap<String, usize> = HashMap::new();
        let mut pauses = Vec::new();
        for (index, recording) in recordings.iter().enumerate() {
            if index % 20 == 0 {
                eprintln!("{index} of {} recordings", recordings.len());
            }
            let who = speaker(recording);
            let half = half(&who);
            let next = sessions.len();
            let session = *sessions.entry(who).or_insert(next);
            let about = KnownPause { session, half, kind: kind(recording), ..blank() };
            pauses.extend(self.of_one(recording, &about)?);
        }
        Ok(pauses)
    }

    /// The pauses of one recording, the one at its end last.
    fn of_one(&mut self, recording: &ManifestRow, about: &KnownPause) -> Result<Vec<KnownPause>> {
        let mut audio = read_all(&recording.path)?;
        audio.extend(silence(&audio));
        let frames: Vec<[f32; FRAME]> =
            audio.chunks_exact(FRAME).map(|frame| frame.try_into().expect("a whole frame")).collect();
        let voiced = self.voiced(&frames)?;
        let Some(last) = voiced.iter().rposition(|voiced| *voiced) else { return Ok(Vec::new()) };
        let frames_in = |ms: u64| usize::try_from(ms).unwrap_or(0).div_ceil(frame_ms());
        let (judge, decode) = (frames_in(self.config.turn.judge_ms), frames_in(self.config.turn.speculate_ms));
        let mut gate = Gate::new(self.config.vad.clone());
        let mut recorder = Recorder::new(self.config.vad.pre_roll_ms);
        let (mut open, mut heard, mut quiet) = (false, Vec::new(), 0);
        let mut found: Vec<KnownPause> = Vec::new();
        let mut begins = Vec::new();
        for (index, frame) in frames.iter().enumerate() {
            let probability = if voiced[index] { 1.0 } else { 0.0 };
            if let Some(AsrJob::Audio(samples)) = recorder.push(frame, probability) {
                heard.extend(samples);
            }
            gate.push(probability);
            if !open && gate.confirmed() {
                open = true;
                if let [_, AsrJob::Audio(samples)] = recorder.listen(1) {
                    heard.extend(samples);
                }
            }
            if !open {
                continue;
            }
            if voiced[index] {
                if let Some(pause) = found.last_mut().filter(|_| quiet >= LEAST) {
                    pause.length = u64::try_from(quiet * frame_ms()).ok();
                }
                quiet = 0;
                continue;
            }
            quiet += 1;
            if quiet == LEAST {
                found.push(about.clone());
                begins.push((index + 1 - LEAST) * FRAME);
            }
            let Some(pause) = found.last_mut().filter(|_| quiet >= LEAST) else { continue };
            if quiet == judge.max(LEAST) {
                let began = Instant::now();
                pause.over = recorder.turn(1).map(|audio| self.turn.probability(&audio)).transpose()?;
                self.ear_ms.push(began.elapsed().as_secs_f64() * 1e3);
            }
            if quiet == decode.max(LEAST) && self.ears.is_some() {
                pause.wording = self.wording(&heard)?;
            }
            if index > last && quiet >= judge.max(decode).max(LEAST) {
                break;
            }
        }
        self.find_sentences(&audio, &begins, &mut found)?;
        // A recording that ends in the middle of a sentence has no end of a turn.
        found.retain(|pause| pause.length.is_some() || is_whole(recording));
        Ok(found)
    }

    /// Finds the pauses, which begin at these samples, before which a sentence ends in the words of the whole recording.
    fn find_sentences(&mut self, audio: &[f32], begins: &[usize], pauses: &mut [KnownPause]) -> Result<()> {
        let Some(ears) = &mut self.ears else { return Ok(()) };
        if pauses.iter().all(|pause| pause.length.is_none()) {
            return Ok(());
        }
        ears.follow(&AsrOptions { words: WordTiming::Required, ..AsrOptions::default() })?;
        ears.start()?;
        ears.accept(audio)?;
        let words = ears.finish(&Ticket::standing())?.words;
        ears.follow(&AsrOptions::default())?;
        for (pause, begin) in pauses.iter_mut().zip(begins) {
            #[expect(clippy::cast_precision_loss, reason = "seconds of a recording")]
            let begin = *begin as f64 / f64::from(RATE);
            let before = words.iter().rfind(|word| word.start.as_secs_f64() < begin);
            if before.is_some_and(|word| word.text.trim_end_matches('"').ends_with(['.', '!', '?'])) {
                pause.place = PausePlace::Between;
            }
        }
        Ok(())
    }

    /// Which frames are voiced, by the dialogue's own gate.
    fn voiced(&mut self, frames: &[[f32; FRAME]]) -> Result<Vec<bool>> {
        self.vad.reset();
        let mut gate = Gate::new(self.config.vad.clone());
        frames.iter().map(|frame| Ok(gate.push(self.vad.probability(frame)?))).collect()
    }

    /// What the words of `audio` say about the end of the turn.
    fn wording(&mut self, audio: &[f32]) -> Result<TurnWording> {
        let Some(ears) = &mut self.ears else { return Ok(TurnWording::Open) };
        let began = Instant::now();
        ears.start()?;
        ears.accept(audio)?;
        let Transcript { text, .. } = ears.finish(&Ticket::standing())?;
        self.words_ms.push(began.elapsed().as_secs_f64() * 1e3);
        let progress = self.interpreter.as_ref().map(|interpreter| interpreter.progress(&text)).unwrap_or_default();
        let command = CommandWords {
            half: progress.unfinished && !progress.complete,
            whole: progress.complete && !progress.unfinished,
        };
        Ok(self.lists.wording(&text, command, self.config.intents.unfinished_ms))
    }
}

fn blank() -> KnownPause {
    let wording = TurnWording::Open;
    let place = PausePlace::Within;
    KnownPause { session: 0, half: 0, kind: TurnKind::Short, length: None, place, over: None, wording }
}

/// Milliseconds of a frame.
fn frame_ms() -> usize {
    usize::try_from(FRAME_MS).unwrap_or(32)
}

/// The half of the speakers that `who` belongs to: 0 or 1, the same in every run.
fn half(who: &str) -> usize {
    let mixed = who.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    usize::from((mixed >> 16) % 2 == 1)
}

/// [`AFTER`] samples of the quietest piece of `audio`, played forwards and backwards by turns.
fn silence(audio: &[f32]) -> Vec<f32> {
    let energy = |piece: &&[f32]| piece.iter().map(|sample| sample * sample).sum::<f32>();
    let quietest = audio.chunks_exact(QUIET).min_by(|a, b| energy(a).total_cmp(&energy(b)));
    let Some(piece) = quietest else { return vec![0.0; AFTER] };
    piece.iter().chain(piece.iter().rev()).cycle().take(AFTER).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_turns_of_people_are_taken_and_a_comma_is_no_end() {
        let text = "path\tseconds\tlabel\tspeaker\tset\nsentences/a.flac\t1\tand so,\t7\tx\nnoise/b.flac\t1\tdog\t\tx\n\
                    keywords/c.flac\t1\talexa\t\tx\nfillers/d.flac\t1\t[laughter]\t\tx\n\
                    commands/e.flac\t1\torder {\"size\": \"small\"}\t\tx\nvoices/f.flac\t1\t\t9\tx\n";
        let rows = turns(manifest::rows(text, Path::new("/r")));
        let kinds: Vec<_> = rows.iter().map(|row| (kind(row), is_whole(row))).collect();
        assert_eq!(kinds, [(TurnKind::Command, true), (TurnKind::Short, true), (TurnKind::Short, false)]);
        assert_eq!(rows[1].path, Path::new("/r/keywords/c.flac"));
    }

    #[test]
    fn the_added_silence_is_the_quietest_of_the_recording() {
        let audio: Vec<f32> = [vec![0.5; QUIET], vec![0.01; QUIET], vec![0.4; QUIET]].concat();
        assert_eq!(silence(&audio), vec![0.01; AFTER]);
        assert_eq!(silence(&[0.5]), vec![0.0; AFTER]);
    }

    #[test]
    fn speakers_fall_into_two_halves() {
        let halves: Vec<usize> = (0..100).map(|n| half(&format!("speaker {n}"))).collect();
        let second: usize = halves.iter().sum();
        assert!((30..=70).contains(&second), "{second}");
    }
}
