//! Tests of every phrase in every language, and of spoken times.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time, Weekday};

use super::*;

const CALL: &str = "позвонить маме";

fn text(text: &str) -> String {
    text.into()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn at(at: &str, every: Option<Every>) -> RelativeMoment {
    RelativeMoment { at: at.parse().unwrap(), every, now: "2026-11-28T10:00:00".parse().unwrap() }
}

fn moments() -> Vec<RelativeMoment> {
    let every = [Every::Day, Every::Weekday, Every::Weekend, Every::On(Weekday::Tuesday)];
    let again = every.map(|every| at("2026-11-29T06:30:00", Some(every)));
    let once = (0..40_i64).map(|step| {
        let now: DateTime = "2026-11-28T10:00:00".parse().unwrap();
        let later = now.checked_add(jiff::Span::new().minutes(step * step * 35)).unwrap();
        RelativeMoment { at: later, every: None, now }
    });
    again.into_iter().chain(once).collect()
}

fn labels() -> Vec<AlarmLabel> {
    let moment = at("2026-11-29T06:30:00", None);
    vec![AlarmLabel::Name(text("чай")), AlarmLabel::Length(seconds(300)), AlarmLabel::At(moment)]
}

/// Phrases of every kind, with all forms of their data; the data has no Latin letter.
fn phrases() -> Vec<Phrase> {
    let mut all = vec![
        Phrase::NotUnderstood,
        Phrase::NoAnswer,
        Phrase::OneMoment,
        Phrase::NothingSaid,
        Phrase::MicrophoneOff,
        Phrase::Link,
        Phrase::Code,
        Phrase::DryRun { deed: text("свет.") },
        Phrase::Confirm { sentence: text("включи свет") },
        Phrase::NotConfirmed,
        Phrase::Undone,
        Phrase::NothingDone,
        Phrase::NoCommands,
        Phrase::LengthNeeded,
        Phrase::LengthRange,
        Phrase::TooMany,
        Phrase::NoTimer,
        Phrase::NoSuchTimer,
        Phrase::LessLeft,
        Phrase::TimerNamed { name: text("чай") },
        Phrase::WhichOne { names: labels() },
        Phrase::NoneThere,
        Phrase::NoSuchOne,
        Phrase::AllCancelled,
        Phrase::NoReminders,
        Phrase::RemindersCancelled,
        Phrase::ClockUnknown,
        Phrase::MomentNeeded,
        Phrase::MomentPassed,
        Phrase::MomentUnknown { reason: text("нет") },
        Phrase::NothingRang,
        Phrase::Reminder { text: text(CALL) },
        Phrase::Opening { name: text("почту") },
    ];
    all.extend((1..4).map(|count| Phrase::Examples { sentences: vec![text("включи свет"); count] }));
    all.extend([Phrase::TimeUp { name: None }, Phrase::Announcement, Phrase::EchoTestVoice, Phrase::EchoTestPatience]);
    for name in labels() {
        all.extend([Phrase::Cancelled { name: name.clone() }, Phrase::TimeUp { name: Some(name) }]);
    }
    for moment in moments() {
        let clock = moment.at.time();
        all.push(Phrase::RemindAt { at: moment, text: text(CALL) });
        all.push(Phrase::TimeHere { clock });
        for day in [None, Some(moment.at.weekday())] {
            all.push(Phrase::TimeThere { clock, place: text("в Токио"), day });
        }
        for name in [None, Some(text("школа"))] {
            all.push(Phrase::AlarmSet { at: moment, name: name.clone() });
            all.push(Phrase::AlarmRings { clock, name });
        }
    }
    for length in [0, 1, 21, 90, 300, 1800, 3661, 5400, 86_400].map(seconds) {
        all.push(Phrase::RemindIn { length, text: text(CALL) });
        all.push(Phrase::RingsAgain { length });
        for name in [None, Some(text("чай"))] {
            all.push(Phrase::TimerSet { length, name: name.clone() });
            for paused in [false, true] {
                all.push(Phrase::TimeLeft { left: length, name: name.clone(), paused });
                all.push(Phrase::Listing(vec![
                    ListedAlarm::Timer { left: length, name: name.clone(), paused },
                    ListedAlarm::Alarm { at: at("2026-11-29T06:30:00", None) },
                    ListedAlarm::Reminder { at: at("2026-11-29T06:30:00", None), text: text(CALL) },
                ]));
            }
        }
    }
    let today: Date = "2026-11-28".parse().unwrap();
    let dates = ["2025-12-31", "2026-11-27", "2026-11-28", "2026-11-29", "2026-12-19", "2027-01-01"];
    for day in dates.map(|date| date.parse().unwrap()) {
        all.extend([Phrase::DateOf { day, today }, Phrase::DaysUntil { day, today }]);
    }
    all
}

/// Failures of every kind, without a Latin letter in their data.
fn failures() -> Vec<Failure> {
    let (program, reason) = (text("свет"), text("нет такого"));
    let mut all = vec![
        Failure::NeverDone { intent: text("Стереть") },
        Failure::UnknownVoice,
        Failure::NotInstalled { programs: vec![program.clone(), text("тьма")] },
        Failure::LooksLikeOption { value: text("-р") },
        Failure::ControlCharacter { slot: text("имя") },
        Failure::LeavesFolder { address: text("../..") },
        Failure::Misplaced { reason: reason.clone() },
        Failure::NoStart { program: program.clone(), reason: reason.clone() },
        Failure::TooLong { what: program.clone(), timeout: Duration::from_millis(200) },
        Failure::Stopped,
        Failure::UnknownZone { zone: text("Марс") },
        Failure::NoSuchDay,
        Failure::Removed { id: text("почта") },
        Failure::LevelRange,
        Failure::LevelNumber,
        Failure::NoLevel,
        Failure::CannotDo { program: program.clone() },
        Failure::NoneInstalled { programs: vec![program.clone()] },
        Failure::NoProgram,
        Failure::UnknownMethod { method: text("ДАЙ") },
        Failure::NoCommand,
        Failure::NoAction,
        Failure::NeedsYes,
        Failure::NotOffered,
        Failure::LongSentence { most: 4_096 },
        Failure::Broken,
        Failure::OfDialogue { name: text("таймер") },
        Failure::NoBuiltin { name: text("пляска") },
    ];
    for end in [ProgramEnd::Status(1), ProgramEnd::Signal(9), ProgramEnd::Unknown] {
        for last_line in [None, Some(reason.clone())] {
            all.push(Failure::BadEnd { program: program.clone(), end, last_line });
        }
    }
    let system = WriteFault::System(reason.clone());
    for fault in [WriteFault::Link, WriteFault::Folder, WriteFault::Special, WriteFault::NoReader, system] {
        all.push(Failure::NotWritten { path: "/дом".into(), fault });
    }
    let fault = [ServiceFault::Unreachable, ServiceFault::Status, ServiceFault::Broken];
    all.extend(fault.map(|fault| Failure::Service { url: text("лампа"), fault: fault(reason.clone()) }));
    all
}

/// Names of the variants of `pub enum {name}` in a source file.
fn variants<'a>(source: &'a str, name: &str) -> BTreeSet<&'a str> {
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    lines.filter(|line| line.starts_with(char::is_uppercase)).map(head).collect()
}

/// The name that a text begins with.
fn head(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap()
}

/// Checks a sentence in all languages: `said` in English and Russian.
fn right(meant: &str, said: [&str; 2]) -> Result<(), String> {
    let [english, russian] = said;
    let ends = |text: &str| text.ends_with(['.', '?', '!']);
    let wrong = match () {
        () if english.trim().is_empty() || russian.trim().is_empty() => "it is empty",
        () if said.iter().any(|text| text.trim() != *text || text.contains("  ")) => "it has blanks too many",
        () if said.iter().any(|text| text.contains(" ,") || text.contains(" .")) => "it has a mark after a blank",
        () if ends(english) != ends(russian) => "one is a sentence and the other is none",
        () if said.iter().any(|text| text.contains('?') && !text.ends_with('?')) => "people answer the end of it",
        () if russian.contains(|c: char| c.is_ascii_alphabetic()) => "Latin letters in Russian",
        () => return Ok(()),
    };
    Err(format!("{meant}: {wrong}: {english} | {russian}"))
}

#[test]
fn every_phrase_is_a_sentence_in_every_language() {
    let phrases = phrases().into_iter().map(|phrase| (format!("{phrase:?}"), Language::ALL.map(|it| phrase.say(it))));
    let failures = failures().into_iter().map(|one| (format!("{one:?}"), Language::ALL.map(|it| one.say(it))));
    let all: Vec<(String, [String; 2])> = phrases.chain(failures).collect();
    let wrong: Vec<String> =
        all.iter().filter_map(|(meant, [english, russian])| right(meant, [english, russian]).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let seen: BTreeSet<&str> = all.iter().map(|(meant, _)| head(meant)).collect();
    let mut declared = variants(include_str!("phrase.rs"), "Phrase");
    declared.extend(variants(include_str!("failure.rs"), "Failure"));
    assert!(declared.len() > 60, "{declared:?}");
    assert_eq!(seen, declared, "some are missing in this test");
}

#[test]
fn nouns_follow_their_numbers() {
    for (n, english, russian) in [(0, 1, 2), (1, 0, 0), (2, 1, 1), (5, 1, 2), (11, 1, 2), (21, 1, 0), (111, 1, 2)] {
        assert_eq!((english::plural(n), russian::plural(n)), (english, russian), "{n}");
    }
    for (n, english, russian) in [
        (1, "1 minute", "1 минуту"),
        (2, "2 minutes", "2 минуты"),
        (5, "5 minutes", "5 минут"),
        (11, "11 minutes", "11 минут"),
        (21, "21 minutes", "21 минуту"),
    ] {
        let again = Phrase::RingsAgain { length: seconds(60 * n) };
        assert_eq!(again.say(Language::English), format!("Again in {english}."));
        assert_eq!(again.say(Language::Russian), format!("Снова через {russian}."));
    }
}

#[test]
fn lengths_are_read_aloud_as_people_say_them() {
    for (length, english, russian, after) in [
        (3661, "1 hour, 1 minute and 1 second", "1 час, 1 минута и 1 секунда", "1 час, 1 минуту и 1 секунду"),
        (22 * 60, "22 minutes", "22 минуты", "22 минуты"),
        (11 * 60 + 1, "11 minutes and 1 second", "11 минут и 1 секунда", "11 минут и 1 секунду"),
        (90, "a minute and a half", "полторы минуты", "полторы минуты"),
        (1800, "half an hour", "полчаса", "полчаса"),
        (0, "0 seconds", "0 секунд", "0 секунд"),
    ] {
        let up = Phrase::TimeUp { name: Some(AlarmLabel::Length(seconds(length))) };
        assert_eq!(up.say(Language::English), format!("Time is up: {english}."));
        assert_eq!(up.say(Language::Russian), format!("Время вышло: {russian}."));
        let set = Phrase::TimerSet { length: seconds(length), name: None };
        assert_eq!(set.say(Language::Russian), format!("Таймер на {after}."));
    }
}

#[test]
fn moments_are_said_as_people_say_them() {
    for (moment, english, russian) in [
        ("2026-11-29T06:30:00", "tomorrow at half past 6 in the morning", "завтра в половине седьмого утра"),
        ("2026-11-28T19:45:00", "today at quarter to 8 in the evening", "сегодня без четверти восемь вечера"),
        ("2026-12-01T07:00:00", "on Tuesday at 7 in the morning", "во вторник в 7 утра"),
        ("2026-11-28T12:00:00", "today at noon", "сегодня в полдень"),
        ("2026-11-29T00:00:00", "tomorrow at midnight", "завтра в полночь"),
        ("2026-12-25T13:00:00", "on Friday, December 25th at 1 in the afternoon", "25 декабря в час дня"),
        ("2027-01-02T07:20:00", "on Saturday, January 2nd 2027 at 7:20 in the morning", "2 января 2027 года в 7:20"),
        ("2026-11-28T23:30:00", "today at half past 11 at night", "сегодня в половине двенадцатого вечера"),
        ("2026-11-28T12:30:00", "today at half past 12 in the afternoon", "сегодня в половине первого дня"),
        ("2026-11-28T12:45:00", "today at quarter to 1 in the afternoon", "сегодня без четверти час дня"),
    ] {
        let set = Phrase::AlarmSet { at: at(moment, None), name: None };
        assert_eq!(set.say(Language::English), format!("Alarm {english}."));
        assert_eq!(set.say(Language::Russian), format!("Будильник {russian}."));
    }
    let weekdays = Phrase::AlarmSet { at: at("2026-11-28T10:00:00", Some(Every::Weekday)), name: None };
    assert_eq!(weekdays.say(Language::English), "Alarm every weekday at 10 in the morning.");
}

#[test]
fn the_clock_is_read_in_both_languages() {
    let shown = |hour, minute, language| Phrase::TimeHere { clock: Time::constant(hour, minute, 0, 0) }.say(language);
    assert_eq!(shown(15, 5, Language::English), "It is 3:05 PM.");
    assert_eq!(shown(0, 0, Language::English), "It is 12 AM.");
    assert_eq!(shown(15, 5, Language::Russian), "Сейчас 15 часов 5 минут.");
    assert_eq!(shown(21, 22, Language::Russian), "Сейчас 21 час 22 минуты.");
    assert_eq!(shown(0, 0, Language::Russian), "Сейчас 0 часов ровно.");
}

#[test]
fn a_day_that_was_yesterday_is_not_some_days_ago() {
    let today: Date = "2026-11-28".parse().unwrap();
    let said = |day: &str| Phrase::DaysUntil { day: day.parse().unwrap(), today }.say(Language::English);
    assert_eq!(said("2026-11-27"), "It was yesterday.");
    assert_eq!(said("2026-11-26"), "It was 2 days ago.");
}
