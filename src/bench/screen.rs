//! `golem bench screen`: the cost of drawing, and the samples of the microphone that it loses.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use crossbeam_channel::{Receiver, bounded};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::processor::process_time;
use crate::config::Config;
use crate::config::screen::Space;
use crate::control::{Levels, Mode, Note, Update};
use crate::engine::registry::Files;
use crate::message::{Ledger, Time};
use crate::metrics::quantile;
use crate::model::Places;
use crate::runtime::engines::ConfiguredEngines;
use crate::runtime::{Equipment, Golem};
use crate::tui::{App, Theme, draw};
use crate::worker::historian::Past;
use crate::worker::meter::MetricsMeter;

/// Time from one drawing to the next: 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// Turn of the reply that is being spoken.
const LAST: u64 = u64::MAX;
/// How long engines may take to start.
const START: Duration = Duration::from_mins(1);

#[derive(Clone, Debug, Args)]
pub struct ScreenArgs {
    /// Things said that stand on the screen
    #[arg(long, default_value_t = 10_000)]
    lines: u64,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Only draw; start no golem with a microphone
    #[arg(long)]
    draw_only: bool,
}

/// A terminal that takes what is drawn and counts its bytes.
#[derive(Clone, Debug, Default)]
struct CountingTerminal(Rc<Cell<u64>>);

impl Write for CountingTerminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type BenchScreen = Terminal<CrosstermBackend<CountingTerminal>>;

/// Measures, and prints two tables.
///
/// # Errors
/// When golem cannot start; `--draw-only` needs no golem.
pub fn run(args: &ScreenArgs, config: &Config, files: &Files) -> Result<()> {
    let mut app = full(args.lines);
    println!(
        "| drawing, {} things said, 120x40 | p50 | p95 | longest | bytes a frame |\n|---|---|---|---|---|",
        args.lines
    );
    let frames = args.seconds * 30;
    row("at the bottom, a word and the meters each frame", &mut app, frames, |app, frame| {
        word(app, frame);
        meters(app, frame);
    })?;
    row("scrolling up a line each frame", &mut app, frames, |app, _| app.scroll_by(1))?;
    row("from the newest to the oldest and back", &mut app, 60, |app, frame| {
        if frame % 2 == 0 { app.scroll_to_top() } else { app.scroll_to_bottom() }
    })?;
    if args.draw_only {
        return Ok(());
    }
    println!("\n| a live golem, {} s | processor | frames drawn | samples dropped |\n|---|---|---|---|", args.seconds);
    for drawing in [false, true, false, true] {
        live(config, files, args, drawing)?;
    }
    Ok(())
}

/// A screen on which `lines` things were said.
fn full(lines: u64) -> App {
    let mut app = App::new(Theme::Dark, Space::Mute, Mode::Chat);
    app.update(Update::Listening);
    let mut note = |note| app.update(Update::Note { time: Time::ZERO, note });
    for turn in 0..lines / 2 {
        let text =
            format!("This is question number {turn}, and it is about as long as people's questions are, is it not?");
        note(Note::Transcript { utterance: turn, text, ignored: None });
        let text = format!(
            "And this is the answer to number {turn}. It has a second sentence as well, and even a third one. \
             That is what answers are like: they fill a line or two of the screen, seldom three."
        );
        note(Note::Reply { turn, text: text.clone() });
        note(Note::Latency(Ledger { turn, first_sample: Some(0.5), ..Ledger::default() }));
        note(Note::Heard { turn, text, interrupted: turn % 7 == 0 });
    }
    let text = "word ".repeat(400);
    note(Note::Reply { turn: LAST, text });
    app
}

/// Makes another word of the newest reply sound.
fn word(app: &mut App, frame: u64) {
    let count = usize::try_from(frame % 400).unwrap_or(0);
    app.update(Update::Spoken { turn: LAST, text: "word ".repeat(count) });
}

fn meters(app: &mut App, frame: u64) {
    #[allow(clippy::cast_precision_loss)] // below 60
    let swing = (frame % 60) as f32 / 60.0;
    let (decibels, output) = (-60.0 * swing, -50.0 * swing);
    app.update(Update::Level(Levels { decibels, probability: swing, threshold: 0.5, output }));
}

fn screen(sink: CountingTerminal) -> Result<BenchScreen> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, 120, 40));
    Terminal::with_options(CrosstermBackend::new(sink), TerminalOptions { viewport }).context("no screen")
}

/// Draws as fast as possible, and times each drawing.
fn row(what: &str, app: &mut App, frames: u64, mut change: impl FnMut(&mut App, u64)) -> Result<()> {
    let sink = CountingTerminal::default();
    let mut screen = screen(sink.clone())?;
    app.scroll_to_bottom();
    screen.draw(|frame| draw(app, frame))?;
    let before = sink.0.get();
    let mut times = Vec::new();
    for number in 0..frames {
        let start = Instant::now();
        change(app, number);
        screen.draw(|frame| draw(app, frame))?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    let at = |q| quantile(&times, q).unwrap_or(0.0);
    let bytes = (sink.0.get() - before) / frames.max(1);
    println!("| {what} | {:.0} µs | {:.0} µs | {:.0} µs | {bytes} |", at(0.5), at(0.95), at(1.0));
    Ok(())
}

/// A golem that listens, with its screen drawn 30 times a second or not at all.
fn live(config: &Config, files: &Files, args: &ScreenArgs, drawing: bool) -> Result<()> {
    let (news, updates) = bounded(1024);
    let (past, meter) = (Past::default(), MetricsMeter::default());
    let places = Places::default();
    let (files, engines) = (files.clone(), Arc::new(ConfiguredEngines));
    let (find, commands, clerk, session) = Default::default();
    let equipment = Equipment { files, find, engines, places, commands, clerk, past, meter, session };
    let golem = Golem::start(config.clone(), equipment, news).context("golem cannot start")?;
    let mut app = full(args.lines);
    ready(&updates, &mut app)?;
    let mut screen = screen(CountingTerminal::default())?;
    let (mut drawn, mut dropped) = (0_u64, 0);
    let (start, before) = (Instant::now(), process_time());
    while start.elapsed() < Duration::from_secs(args.seconds) {
        let due = Instant::now() + FRAME;
        while let Ok(update) = updates.recv_deadline(due) {
            if let Update::Dropped { samples } = update {
                dropped = samples;
            }
            app.update(update);
        }
        if drawing {
            word(&mut app, drawn);
            meters(&mut app, drawn);
            screen.draw(|frame| draw(&mut app, frame))?;
            drawn += 1;
        }
    }
    let share = process_time().saturating_sub(before).as_secs_f64() / start.elapsed().as_secs_f64() * 100.0;
    let what = if drawing { "drawn 30 times a second" } else { "not drawn" };
    println!("| {what} | {share:.1} % of a core | {drawn} | {dropped} |");
    drop((updates, golem));
    Ok(())
}

/// Waits until golem listens.
fn ready(updates: &Receiver<Update>, app: &mut App) -> Result<()> {
    loop {
        match updates.recv_timeout(START).context("golem did not start in time")? {
            Update::Listening => return Ok(()),
            Update::Fatal { reason } => anyhow::bail!(reason),
            update => drop(app.update(update)),
        }
    }
}
