//! The phrases in English.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};

use super::failure::{Failure, ProgramEnd, ServiceFault, WriteFault};
use super::moment::{Every, RelativeMoment, days_between};
use super::phrase::{AlarmLabel, ListedAlarm, Phrase};
use super::words::{after_comma, after_sentence, joined, of, parts};

/// Months, from January.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Days of the week, from Monday.
pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Hour, minute and second, each in the singular and the plural.
const UNITS: [[&str; 2]; 3] = [["hour", "hours"], ["minute", "minutes"], ["second", "seconds"]];

/// The form of a noun after a number: 0 after one, 1 after others.
pub const fn plural(n: i64) -> usize {
    if n == 1 { 0 } else { 1 }
}

/// A phrase in English.
pub fn say(phrase: &Phrase) -> String {
    match phrase {
        Phrase::NotUnderstood => "Sorry, I did not catch that.".into(),
        Phrase::NoAnswer => "Sorry, I could not think of an answer.".into(),
        Phrase::OneMoment => "One moment.".into(),
        Phrase::NothingSaid => "I have not said anything yet.".into(),
        Phrase::MicrophoneOff => "The microphone is off now.".into(),
        Phrase::Link => "link".into(),
        Phrase::Code => "code".into(),
        Phrase::DryRun { deed } => format!("Dry run: {deed}"),
        Phrase::Confirm { sentence } => format!("Shall I do this: {sentence}?"),
        Phrase::NotConfirmed => "Okay, I will not.".into(),
        Phrase::Undone => "Taken back.".into(),
        Phrase::NothingDone => "There is nothing I could do that with.".into(),
        Phrase::NoCommands => "There are no commands.".into(),
        Phrase::Examples { sentences } => format!("You can say: {}.", joined(sentences, ", or ")),
        Phrase::LengthNeeded => "Say it with the time: for how long?".into(),
        Phrase::LengthRange => "I need a time of up to a day.".into(),
        Phrase::TimerSet { length, name } => {
            format!("Timer for {}{}.", in_words(*length), after_comma(name.as_deref()))
        }
        Phrase::TooMany => "That is too many; cancel some first.".into(),
        Phrase::NoTimer => "No timer is running.".into(),
        Phrase::NoSuchTimer => "There is no such timer.".into(),
        Phrase::LessLeft => "There is less than that left.".into(),
        Phrase::TimeLeft { left, name, paused } => {
            let end = if *paused { ", paused." } else { "." };
            format!("{} left{}{end}", in_words(*left), after_comma(name.as_deref()))
        }
        Phrase::TimerNamed { name } => format!("It is called {name}."),
        Phrase::WhichOne { names } => {
            let names: Vec<String> = names.iter().map(label).collect();
            format!("There are {}. Which one?", joined(&names, " and "))
        }
        Phrase::NoneThere => "There are none.".into(),
        Phrase::NoSuchOne => "There is no such one.".into(),
        Phrase::Cancelled { name } => format!("Cancelled: {}.", label(name)),
        Phrase::AllCancelled => "All cancelled.".into(),
        Phrase::NoReminders => "There are no reminders.".into(),
        Phrase::RemindersCancelled => "Reminders cancelled.".into(),
        Phrase::Listing(all) => format!("{}.", all.iter().map(listed).collect::<Vec<_>>().join(". ")),
        Phrase::ClockUnknown => "I do not know what time it is.".into(),
        Phrase::MomentNeeded => "Tell me when, such as at five or in ten minutes.".into(),
        Phrase::MomentPassed => "That has passed already.".into(),
        Phrase::MomentUnknown { reason } => reason.clone(),
        Phrase::AlarmSet { at, name } => format!("Alarm {}{}.", moment(at), after_comma(name.as_deref())),
        Phrase::RemindIn { length, text } => format!("I will remind you in {}: {text}.", in_words(*length)),
        Phrase::RemindAt { at, text } => format!("I will remind you {}: {text}.", moment(at)),
        Phrase::NothingRang => "Nothing has rung.".into(),
        Phrase::RingsAgain { length } => format!("Again in {}.", in_words(*length)),
        Phrase::TimeUp { name: Some(name) } => format!("Time is up: {}.", label(name)),
        Phrase::EchoTestVoice => "This is my voice as it sounds in your room, and while I speak I listen to myself, \
                                  so that I know how much of it comes back."
            .into(),
        Phrase::EchoTestPatience => {
            "If you hear me well, please say nothing for a moment: the test will soon be over, \
                                     and then I can show what I have heard."
                .into()
        }
        Phrase::Announcement => "An announcement from Home Assistant.".into(),
        Phrase::TimeUp { name: None } => "Time is up.".into(),
        Phrase::AlarmRings { clock, name } => {
            format!("Alarm! It is {}.{}", shown(*clock), after_sentence(name.as_deref()))
        }
        Phrase::Reminder { text } => format!("Reminder: {text}."),
        Phrase::TimeHere { clock } => format!("It is {}.", shown(*clock)),
        Phrase::TimeThere { clock, place, day } => {
            let day = day.map_or(String::new(), |day| format!(" on {}", weekday(day)));
            format!("It is {}{day} {place}.", shown(*clock))
        }
        Phrase::DateOf { day, today } => date_of(*day, *today),
        Phrase::DaysUntil { day, today } => days_until(*day, *today),
        Phrase::Opening { name } => format!("Opening {name}."),
    }
}

/// A failure in English.
pub fn failure(failure: &Failure) -> String {
    match failure {
        Failure::NeverDone { intent } => format!("{intent} is never carried out"),
        Failure::NoCommand => "that is not one of golem's commands".into(),
        Failure::NoAction => "nothing is written for that command".into(),
        Failure::NeedsYes => "that needs a yes, which only golem itself can ask for".into(),
        Failure::NotOffered => "golem does not offer its commands here; set serve.commands in its config".into(),
        Failure::LongSentence { most } => format!("a sentence has {most} bytes at most"),
        Failure::Broken => "golem failed over it; its log says why".into(),
        Failure::UnknownVoice => "I only do that for a voice that I know".into(),
        Failure::NotInstalled { programs } => format!("{} is not installed", programs.join(" or ")),
        Failure::LooksLikeOption { value } => format!(
            "\"{value}\" begins with a dash and would be taken for an option; the action can put \"--\" before it"
        ),
        Failure::ControlCharacter { slot } => format!("{{{slot}}} holds a control character"),
        Failure::LeavesFolder { address } => {
            format!("{address} walks out of its folder; \"..\" may not be a part of a path")
        }
        Failure::Misplaced { reason } => reason.clone(),
        Failure::NoStart { program, reason } => format!("{program} does not start: {reason}; try it in a terminal"),
        Failure::BadEnd { program, end, last_line } => {
            let end = match end {
                ProgramEnd::Status(code) => format!("status {code}"),
                ProgramEnd::Signal(signal) => format!("signal {signal}"),
                ProgramEnd::Unknown => "an unknown status".into(),
            };
            let hint = last_line.as_ref().map_or(String::new(), |line| format!(": {line}"));
            format!("{program} ended with {end}{hint}")
        }
        Failure::TooLong { what, timeout } => format!(
            "{what} took longer than {} s and was stopped; give the action a longer `timeout`",
            timeout.as_secs_f64()
        ),
        Failure::Stopped => "stopped".into(),
        Failure::NotWritten { path, fault } => {
            let reason = match fault {
                WriteFault::Link => "it is a link; name the file itself",
                WriteFault::Folder => "it is a folder; name a file in it",
                WriteFault::Special => "it is neither a file nor a FIFO",
                WriteFault::NoReader => "nobody reads this FIFO; start its reader first",
                WriteFault::System(reason) => reason,
            };
            format!("cannot write to {}: {reason}", path.display())
        }
        Failure::Service { url, fault } => match fault {
            ServiceFault::Unreachable(reason) => format!("{url}: {reason}; is the service running?"),
            ServiceFault::Status(status) => format!("{url}: the service answers {status}"),
            ServiceFault::Broken(reason) => format!("{url}: {reason}"),
        },
        Failure::UnknownZone { zone } => format!("this machine does not know the time zone {zone}; install tzdata"),
        Failure::NoSuchDay => "there is no such day in the calendar".into(),
        Failure::Removed { id } => format!("{id} is not installed any more"),
        Failure::LevelRange => "a level is between 0 and 100 per cent".into(),
        Failure::LevelNumber => "a level is a number of per cent".into(),
        Failure::NoLevel => "the sentence says neither a direction (up, down) nor a level".into(),
        Failure::CannotDo { program } => format!("{program} cannot do that"),
        Failure::NoneInstalled { programs } => format!("none of {} is installed", programs.join(", ")),
        Failure::NoProgram => "there is no program to run".into(),
        Failure::UnknownMethod { method } => format!("{method} is no method golem knows"),
        Failure::OfDialogue { name } => format!("{name} is carried out by the dialogue"),
        Failure::NoBuiltin { name } => format!("there is no builtin \"{name}\""),
    }
}

fn label(label: &AlarmLabel) -> String {
    match label {
        AlarmLabel::Name(name) => name.clone(),
        AlarmLabel::Length(length) => in_words(*length),
        AlarmLabel::At(at) => moment(at),
    }
}

fn listed(alarm: &ListedAlarm) -> String {
    match alarm {
        ListedAlarm::Timer { left, name, paused } => {
            let left = format!("{}{}", in_words(*left), if *paused { ", paused" } else { "" });
            name.as_ref().map_or(left.clone(), |name| format!("{name}: {left}"))
        }
        ListedAlarm::Alarm { at } => moment(at),
        ListedAlarm::Reminder { at, text } => format!("{}: {text}", moment(at)),
    }
}

/// A length in words: `22 minutes`, `an hour and a half`.
fn in_words(length: Duration) -> String {
    match length.as_secs() {
        90 => return "a minute and a half".into(),
        1800 => return "half an hour".into(),
        5400 => return "an hour and a half".into(),
        _ => {}
    }
    let word = |(count, unit): (i64, usize)| format!("{count} {}", UNITS[unit][plural(count)]);
    joined(&parts(length).into_iter().map(word).collect::<Vec<_>>(), " and ")
}

fn weekday(weekday: Weekday) -> &'static str {
    of(&DAYS, weekday.to_monday_zero_offset())
}

/// A day of a month: `November 21st`; with the year if it is not `today`'s.
fn date(date: Date, today: Date) -> String {
    let day = date.day();
    let end = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    let year = if date.year() == today.year() { String::new() } else { format!(" {}", date.year()) };
    format!("{} {day}{end}{year}", of(&MONTHS, date.month() - 1))
}

/// "Today is Friday, November 20th."
fn date_of(day: Date, today: Date) -> String {
    let which = match days_between(today, day) {
        0 => "Today is",
        1 => "Tomorrow is",
        -1 => "Yesterday was",
        _ => "That is",
    };
    format!("{which} {}, {}.", weekday(day.weekday()), date(day, today))
}

/// "27 days until December 25th."
fn days_until(day: Date, today: Date) -> String {
    match days_between(today, day) {
        0 => "That is today.".into(),
        1 => "One day: it is tomorrow.".into(),
        -1 => "It was yesterday.".into(),
        days @ ..0 => format!("It was {} days ago.", days.abs()),
        days => format!("{days} days until {}.", date(day, today)),
    }
}

/// A day as seen from `today`: `tomorrow`, `on Monday`, `on Friday, December 25th`.
fn on_day(day: Date, today: Date) -> String {
    match days_between(today, day) {
        0 => "today".into(),
        1 => "tomorrow".into(),
        2..=6 => format!("on {}", weekday(day.weekday())),
        _ => format!("on {}, {}", weekday(day.weekday()), date(day, today)),
    }
}

/// A clock time with its preposition: `at half past 6 in the morning`.
fn at_clock(hour: i8, minute: i8) -> String {
    match (hour, minute) {
        (0, 0) => return "at midnight".into(),
        (12, 0) => return "at noon".into(),
        _ => {}
    }
    let part = match hour {
        0..=3 | 21.. => "at night",
        4..=11 => "in the morning",
        12..=17 => "in the afternoon",
        _ => "in the evening",
    };
    // "Quarter to" names the next hour, but the part of the day is that of the clock.
    let (shown, next) = ((hour + 11) % 12 + 1, hour % 12 + 1);
    match minute {
        0 => format!("at {shown} {part}"),
        15 => format!("at quarter past {shown} {part}"),
        30 => format!("at half past {shown} {part}"),
        45 => format!("at quarter to {next} {part}"),
        _ => format!("at {shown}:{minute:02} {part}"),
    }
}

/// A moment: `tomorrow at half past 6 in the morning`; a repeated moment has its days instead.
fn moment(moment: &RelativeMoment) -> String {
    let day = match moment.every {
        None => on_day(moment.at.date(), moment.now.date()),
        Some(Every::Day) => "every day".into(),
        Some(Every::Weekday) => "every weekday".into(),
        Some(Every::Weekend) => "at weekends".into(),
        Some(Every::On(day)) => format!("every {}", weekday(day)),
    };
    format!("{day} {}", at_clock(moment.at.hour(), moment.at.minute()))
}

/// The clock's time: `3:05 PM`.
fn shown(clock: Time) -> String {
    let (hour, minute) = (clock.hour(), clock.minute());
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
}
