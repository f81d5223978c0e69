//! The table of streaming clients: how long they wait for words while they speak and after it, what they cost the
//! server, and with how many of them it falls behind.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use super::args::ServeBenchArgs;
use super::crowd::SpokenSample;
use super::process::{ServerMemory, ServerProcess};
use super::sentences::assign;
use super::servers::{ServedInterface, compare, times};
use super::streaming::{StreamClient, StreamNotes, StreamScript, VoicedSample};
use crate::bench::asr::corpus::{errors, words};
use crate::engine::Vad;
use crate::engine::registry::{self, Files};
use crate::metrics::quantile;
use crate::signal::frame::{FRAME, FRAME_TIME};

/// The text before the address of the data socket in a server's output.
const DATA: &str = "data socket on ws://";
/// Probability of a voice from which a frame is voiced: Silero's own.
const VOICED: f32 = 0.5;
/// Recordings with a longer silence between words are left out, in frames (0.4 s): servers end an utterance at 0.6 s,
/// and how a recording is split is not measured here.
const LONGEST_PAUSE: usize = 12;
/// Clients begin within this time: people do not wait for each other.
const SPREAD: Duration = Duration::from_secs(4);
/// Fewest utterances of a client.
const FEWEST: usize = 2;
/// A server that hears a client's sound at less than this share of its pace falls behind.
const PACE: f64 = 0.9;

/// The figures of one number of streaming clients.
#[derive(Clone, Debug, Default)]
struct StreamFigures {
    clients: usize,
    /// Seconds from the end of a voice to its last sentence, in order; if none came, until the client left.
    finals: Vec<f64>,
    /// Utterances without a sentence.
    lost: usize,
    /// Seconds from the beginning of a voice to the first words of it, in order: those of the sentence where none came
    /// before it. If no words came at all, until the client left.
    firsts: Vec<f64>,
    /// Utterances of which words came before the sentence.
    early: usize,
    utterances: usize,
    partials: usize,
    /// Seconds of recordings.
    heard: f64,
    /// Length of the sound over the time until its last words, for each client, in order; at most 1.
    paces: Vec<f64>,
    wrong: (usize, usize),
    /// Clients on which the server hung up.
    gone: usize,
}

/// A row of the table.
struct StreamRow {
    figures: StreamFigures,
    memory: ServerMemory,
    /// Processor time of the server for a second of recordings.
    processor: f64,
    /// Processor cores that it kept busy.
    cores: f64,
}

impl StreamFigures {
    /// Adds the messages of a client that said `script`.
    fn add(&mut self, script: &StreamScript, notes: &StreamNotes) {
        let heard: Vec<Vec<String>> = notes.sentences.iter().map(|(_, text)| words(text)).collect();
        let said: Vec<&[String]> = script.utterances.iter().map(|(sample, _)| sample.words.as_slice()).collect();
        let mut last = 0.0_f64;
        for ((sample, voice), group) in script.utterances.iter().zip(assign(&said, &heard)) {
            self.utterances += 1;
            self.heard += sample.seconds;
            self.wrong.0 += errors(&sample.words, &heard[group.clone()].concat());
            self.wrong.1 += sample.words.len();
            let Some((at, _)) = group.clone().next_back().map(|place| &notes.sentences[place]) else {
                self.finals.push(notes.end - voice.end);
                self.firsts.push(notes.end - voice.start);
                self.lost += 1;
                last = f64::INFINITY;
                continue;
            };
            last = last.max(*at);
            self.finals.push(at - voice.end);
            let first = notes.sentences[group.start].0;
            let mut partials = notes.partials.iter().filter(|(_, before)| group.contains(before)).peekable();
            self.firsts.push(partials.peek().map_or(first, |(at, _)| *at) - voice.start);
            self.early += usize::from(partials.peek().is_some());
            self.partials += partials.count();
        }
        self.paces.push((script.seconds() / last.min(notes.end)).min(1.0));
        self.gone += usize::from(notes.gone);
    }

    fn sort(&mut self) {
        for figures in [&mut self.finals, &mut self.firsts, &mut self.paces] {
            figures.sort_by(f64::total_cmp);
        }
    }

    /// The median pace of the clients.
    fn pace(&self) -> f64 {
        quantile(&self.paces, 0.5).unwrap_or(0.0)
    }
}

/// The recordings that are one utterance, with the extent of their voices.
///
/// # Errors
/// When there are none, or the voice detector fails.
pub fn voiced<'a>(samples: &'a [SpokenSample], files: &Files) -> Result<Vec<VoicedSample<'a>>> {
    let mut vad = registry::vad(files)?;
    let mut voiced = Vec::new();
    for sample in samples {
        if let Some(voice) = voice(&sample.audio, vad.as_mut())? {
            voiced.push(VoicedSample { sample, voice });
        }
    }
    ensure!(!voiced.is_empty(), "each recording has a pause of more than 0.4 s or no voice; name other folders");
    Ok(voiced)
}

/// Measures with the model at `model`, and prints.
///
/// # Errors
/// When a server cannot be used.
pub fn run(args: &ServeBenchArgs, model: &Path, voiced: &[VoicedSample]) -> Result<()> {
    println!("streaming clients, who say {} of them that have no long pause, 2 s apart", voiced.len());
    println!(
        "\n| server | clients | last words, median | p95 | first words, median | p95 | words early % | partials per s | processor, s per s | cores busy | pace | WER % | lost | hung up | MB | MB at most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let interface = ServedInterface { flag: "--realtimestt", streams: true, mark: DATA };
    compare(args, model, interface, |name, server| measure(name, args, voiced, server), print_ratios, limit)
}

/// The extent of the voice in a recording, in seconds; `None` if there is no voice, or a long pause in it.
fn voice(audio: &[f32], vad: &mut dyn Vad) -> Result<Option<Range<f64>>> {
    vad.reset();
    let mut voiced = Vec::new();
    for frame in audio.as_chunks::<FRAME>().0 {
        voiced.push(vad.probability(frame)? >= VOICED);
    }
    Ok(extent(&voiced))
}

#[expect(clippy::cast_precision_loss, reason = "frames of a recording")]
fn extent(voiced: &[bool]) -> Option<Range<f64>> {
    let start = voiced.iter().position(|voiced| *voiced)?;
    let end = voiced.iter().rposition(|voiced| *voiced)? + 1;
    let pauses = voiced[start..end].split(|voiced| *voiced);
    let seconds = |frame: usize| frame as f64 * FRAME_TIME.as_secs_f64();
    pauses.map(<[bool]>::len).max().is_none_or(|longest| longest <= LONGEST_PAUSE).then(|| seconds(start)..seconds(end))
}

/// One server with each number of clients.
fn measure(
    name: &str,
    args: &ServeBenchArgs,
    samples: &[VoicedSample],
    server: &ServerProcess,
) -> Result<Vec<StreamRow>> {
    stream(&server.url, 1, 1, samples)?;
    let mut rows = Vec::new();
    for clients in &args.clients {
        let clients = usize::from(*clients);
        let (before, began) = (server.processor_seconds(), Instant::now());
        let figures = stream(&server.url, clients, args.utterances.div_ceil(clients).max(FEWEST), samples)?;
        let busy = server.processor_seconds() - before;
        let row = StreamRow {
            processor: busy / figures.heard.max(1e-9),
            cores: busy / began.elapsed().as_secs_f64(),
            memory: server.memory(),
            figures,
        };
        print_row(name, &row);
        rows.push(row);
    }
    Ok(rows)
}

/// Has `clients` say `utterances` each to the server at `url`.
fn stream(url: &str, clients: usize, utterances: usize, samples: &[VoicedSample]) -> Result<StreamFigures> {
    let script = |client: usize| {
        StreamScript::new((0..utterances).map(move |number| &samples[(client * utterances + number) % samples.len()]))
    };
    let scripts: Vec<StreamScript> = (0..clients).map(script).collect();
    let connected = (0..clients).map(|_| StreamClient::connect(url)).collect::<Result<Vec<_>>>()?;
    let began = Instant::now();
    let noted = std::thread::scope(|scope| {
        let each = SPREAD / u32::try_from(clients).unwrap_or(u32::MAX);
        let started: Vec<_> = (0_u32..)
            .zip(connected.into_iter().zip(&scripts))
            .map(|(number, (client, script))| scope.spawn(move || client.say(script, began + each * number)))
            .collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, StreamNotes>| {
            thread.join().map_err(|_| anyhow!("a client broke"))
        };
        started.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    let mut all = StreamFigures { clients, ..StreamFigures::default() };
    for (script, notes) in scripts.iter().zip(&noted) {
        all.add(script, notes);
    }
    all.sort();
    Ok(all)
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn print_row(name: &str, row: &StreamRow) {
    let StreamRow { figures, memory, processor, cores } = row;
    let milliseconds =
        |times: &[f64], share| quantile(times, share).map_or("-".into(), |time| format!("{:.0} ms", time * 1e3));
    println!(
        "| {name} | {} | {} | {} | {} | {} | {:.0} | {:.2} | {processor:.3} | {cores:.1} | {:.2} | {:.1} | {} | {} | {} | {} |",
        figures.clients,
        milliseconds(&figures.finals, 0.5),
        milliseconds(&figures.finals, 0.95),
        milliseconds(&figures.firsts, 0.5),
        milliseconds(&figures.firsts, 0.95),
        100.0 * figures.early as f64 / figures.utterances.max(1) as f64,
        figures.partials as f64 / figures.heard.max(1e-9),
        figures.pace(),
        100.0 * figures.wrong.0 as f64 / figures.wrong.1.max(1) as f64,
        figures.lost,
        figures.gone,
        memory.now,
        memory.most
    );
}

/// How many times sooner golem's words come, and how many times less processor and memory they take.
fn print_ratios(own: &StreamRow, other: &StreamRow) {
    let delay = |of: fn(&StreamFigures) -> &Vec<f64>, share| {
        let at = |row: &StreamRow| quantile(of(&row.figures), share).unwrap_or(0.0);
        times(at(other), at(own))
    };
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let memory = times(other.memory.now as f64, own.memory.now as f64);
    println!(
        "| golem beside it | {} | {} | {} | {} | {} | | | {} | | {} | | | | {memory} | |",
        own.figures.clients,
        delay(|figures| &figures.finals, 0.5),
        delay(|figures| &figures.finals, 0.95),
        delay(|figures| &figures.firsts, 0.5),
        delay(|figures| &figures.firsts, 0.95),
        times(other.processor, own.processor),
        times(own.figures.pace(), other.figures.pace()),
    );
}

/// The sentence that says with how many clients a server falls behind.
fn limit(name: &str, rows: &[StreamRow]) -> String {
    let paces: Vec<(usize, f64)> = rows.iter().map(|row| (row.figures.clients, row.figures.pace())).collect();
    match behind(&paces) {
        Some((clients, pace)) => {
            format!("{name} falls behind with {clients} clients: they are heard at {pace:.2} times their pace")
        }
        None => format!("{name} keeps pace with every number of clients here"),
    }
}

/// The first number of clients that are heard more slowly than they speak.
fn behind(paces: &[(usize, f64)]) -> Option<(usize, f64)> {
    paces.iter().find(|(_, pace)| *pace < PACE).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_with_a_long_pause_is_two_utterances() {
        let frames = |runs: &[(usize, bool)]| -> Vec<bool> {
            runs.iter().flat_map(|(length, voiced)| vec![*voiced; *length]).collect()
        };
        let found = extent(&frames(&[(10, false), (20, true), (12, false), (8, true), (30, false)])).unwrap();
        assert!((found.start - 0.32).abs() < 1e-9 && (found.end - 1.6).abs() < 1e-9, "{found:?}");
        assert_eq!(extent(&frames(&[(20, true), (13, false), (8, true)])), None);
        assert_eq!(extent(&frames(&[(20, false)])), None);
    }

    #[test]
    fn delays_are_those_of_the_utterance_that_the_words_are_of() {
        let sample = |text: &str| SpokenSample { audio: vec![0.0; 16_000], seconds: 1.0, words: words(text) };
        let samples = ["who are you", "good night", "never mind"].map(sample);
        let samples = samples.each_ref().map(|sample| VoicedSample { sample, voice: 0.0..0.5 });
        // The voices are at 0.5..1, 3.5..4 and 6.5..7; the words of the second one are lost.
        let script = StreamScript::new(samples.iter());
        let notes = StreamNotes {
            partials: vec![(1.0, 0), (1.2, 0), (7.0, 1)],
            sentences: vec![(2.0, "Who are you?".into()), (9.0, "Never mined.".into())],
            end: 12.0,
            ..StreamNotes::default()
        };
        let mut figures = StreamFigures::default();
        figures.add(&script, &notes);
        assert_eq!(
            (figures.finals.as_slice(), figures.firsts.as_slice()),
            (&[1.0, 8.0, 2.0][..], &[0.5, 8.5, 0.5][..])
        );
        assert_eq!(figures.early, 2);
        assert_eq!((figures.utterances, figures.partials, figures.lost, figures.wrong), (3, 3, 1, (3, 7)));
        assert!((figures.pace() - 9.5 / 12.0).abs() < 1e-9, "{figures:?}");
    }

    #[test]
    fn a_server_falls_behind_when_sound_comes_faster_than_it_is_heard() {
        assert_eq!(behind(&[(1, 1.0), (4, 0.95), (16, 0.5), (64, 0.1)]), Some((16, 0.5)));
        assert_eq!(behind(&[(1, 1.0), (4, 0.95)]), None);
    }
}
