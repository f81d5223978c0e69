//! Tests of what captions show and write.

use serde_json::json;

use super::output::{CaptionForm, CaptionWriter, files};
use super::terminal::CaptionTerminal;
use crate::message::{Time, Transcript};
use crate::runtime::captions::event::CaptionEvent;
use crate::runtime::captions::source::CaptionSource;
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;

fn whole(source: CaptionSource, text: &str, from: u64) -> CaptionEvent {
    let (start, end) = (Time::from_millis(from), Time::from_millis(from + 1_000));
    let transcript = Transcript { text: text.into(), ..Transcript::default() };
    let part = TranscriptPart { start, end, voices: vec![[start, end]], transcript };
    CaptionEvent::Final { source, part, voice: None }
}

fn partial(stable: &str, open: &str) -> CaptionEvent {
    partial_of(CaptionSource::Microphone, stable, open)
}

fn partial_of(source: CaptionSource, stable: &str, open: &str) -> CaptionEvent {
    let words = LiveCaption { stable: stable.into(), open: open.into() };
    CaptionEvent::Partial { source, start: Time::ZERO, end: Time::ZERO, words, voice: None }
}

fn dropped(source: CaptionSource) -> CaptionEvent {
    CaptionEvent::Dropped { source }
}

#[test]
fn events_are_lines_of_json() {
    let value = whole(CaptionSource::System, " Hi. ", 1_500).object().unwrap();
    assert_eq!((&value["type"], &value["source"], &value["text"]), (&json!("final"), &json!("system"), &json!("Hi.")));
    assert_eq!((&value["start"], &value["end"]), (&json!(1.5), &json!(2.5)));
    assert!(dropped(CaptionSource::System).object().is_none());
}

#[test]
fn files_are_whole_after_every_part_and_in_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let (srt, txt) = (folder.path().join("a.srt"), folder.path().join("a.txt"));
    let mut writer = CaptionWriter::new(CaptionForm::Lines, true, false, files(Some(&srt), None, Some(&txt))).unwrap();
    assert_eq!(std::fs::read_to_string(&txt).unwrap(), "", "a file that cannot be written is known at once");
    writer.show(&whole(CaptionSource::System, "Second.", 5_000)).unwrap();
    writer.show(&whole(CaptionSource::Microphone, "First.", 2_000)).unwrap();
    writer.show(&partial("no", "file")).unwrap();
    let lines = std::fs::read_to_string(&txt).unwrap();
    assert_eq!(lines, "0:02.0 – 0:03.0  microphone: First.\n0:05.0 – 0:06.0  system: Second.\n");
    assert!(
        std::fs::read_to_string(&srt).unwrap().starts_with("1\n00:00:02,000 --> 00:00:03,000\nmicrophone: First.\n")
    );
    let nowhere = folder.path().join("none/a.srt");
    assert!(CaptionWriter::new(CaptionForm::Lines, false, false, files(Some(&nowhere), None, None)).is_err());
}

fn shown(terminal: &mut CaptionTerminal, event: &CaptionEvent, columns: usize) -> String {
    terminal.show(event, columns).replace('\x1b', "^")
}

#[test]
fn words_change_in_their_line() {
    let mut terminal = CaptionTerminal::new(false, false, false);
    assert_eq!(shown(&mut terminal, &partial("one two three", "four five"), 16), "\r^[K four five");
    assert_eq!(shown(&mut terminal, &partial("one two", "three"), 80), "\r^[Kone two three");
    let mut terminal = CaptionTerminal::new(true, true, false);
    let words = partial_of(CaptionSource::System, "one", "two");
    assert_eq!(shown(&mut terminal, &words, 80), "\r^[K^[36m^[1msystem: one^[0m^[36m^[2m two^[0m");
    let said = whole(CaptionSource::System, "One, two.", 1_500);
    assert_eq!(shown(&mut terminal, &said, 80), "\r^[K^[36m0:01.5  system: One, two.^[0m\n");
}

#[test]
fn each_source_has_a_line_of_its_own() {
    let mut terminal = CaptionTerminal::new(false, true, false);
    assert_eq!(shown(&mut terminal, &partial("we", "are"), 80), "\r^[Kmicrophone: we are");
    let other = partial_of(CaptionSource::System, "who", "is");
    assert_eq!(shown(&mut terminal, &other, 80), "\r^[Kmicrophone: we are\nsystem: who is");
    assert_eq!(shown(&mut terminal, &partial("we are", "all"), 24), "\r^[1A^[Jmicrophone: are all\nsystem: who is");
    let said = whole(CaptionSource::Microphone, "We are all here.", 0);
    assert_eq!(shown(&mut terminal, &said, 80), "\r^[1A^[J0:00.0  microphone: We are all here.\nsystem: who is");
    assert_eq!(shown(&mut terminal, &partial("and", ""), 80), "\r^[Ksystem: who is\nmicrophone: and ");
    assert_eq!(shown(&mut terminal, &partial("", ""), 80), "\r^[1A^[Jsystem: who is", "no words have no line");
    assert_eq!(shown(&mut terminal, &dropped(CaptionSource::Microphone), 80), "\r^[Ksystem: who is");
    assert_eq!(shown(&mut terminal, &dropped(CaptionSource::System), 80), "\r^[K");
    let mut terminal = CaptionTerminal::new(false, true, true);
    assert_eq!(shown(&mut terminal, &partial("we", "are"), 80).lines().count(), 6, "a name, and rows of letters");
    let both = shown(&mut terminal, &other, 80);
    assert!(both.starts_with("\r^[5A^[Jmicrophone\n") && both.contains("\nsystem\n"), "{both}");
    assert_eq!(both.lines().count(), 12, "{both}");
}

#[test]
fn large_words_change_in_their_rows_and_whole_parts_go_up() {
    let mut terminal = CaptionTerminal::new(false, false, true);
    let rows = shown(&mut terminal, &partial("we are", "all"), 80);
    assert_eq!(rows.lines().count(), 5, "{rows}");
    assert!(rows.starts_with("\r^[K") && rows.contains('█'));
    assert!(rows.lines().all(|row| row.trim_start_matches("\r^[K").chars().count() <= 80), "{rows}");
    let said = shown(&mut terminal, &whole(CaptionSource::Microphone, "We are all here today.", 0), 80);
    assert!(said.starts_with("\r^[4A^[J") && said.ends_with('\n'), "{said}");
    assert_eq!(said.lines().count(), 10, "{said}");
    assert_eq!(shown(&mut terminal, &dropped(CaptionSource::Microphone), 80), "\r^[K", "whole parts stay");
}

#[test]
fn what_the_fonts_lack_is_as_small_as_ever() {
    let mut terminal = CaptionTerminal::new(false, true, true);
    assert_eq!(shown(&mut terminal, &partial("日本", "語"), 80), "\r^[Kmicrophone: 日本 語");
    let said = whole(CaptionSource::Microphone, "日本語", 0);
    assert_eq!(shown(&mut terminal, &said, 80), "\r^[K0:00.0  microphone: 日本語\n");
}
