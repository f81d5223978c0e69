//! The phrases, in no language yet.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};

use super::moment::RelativeMoment;

/// What golem says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// The words of a person were not understood.
    NotUnderstood,
    /// The language model had no answer.
    NoAnswer,
    /// The language model is being loaded.
    OneMoment,
    /// There is nothing yet to repeat.
    NothingSaid,
    /// The microphone was muted.
    MicrophoneOff,
    /// Stands for a link in a reply.
    Link,
    /// Stands for code in a reply.
    Code,
    /// What would be done, were it not a dry run.
    DryRun {
        /// The deed, with the mark that ends the sentence.
        deed: String,
    },
    /// Asks for a yes before a command.
    Confirm {
        /// The command, as it was understood.
        sentence: String,
    },
    /// A command was not confirmed.
    NotConfirmed,
    /// The last deed was taken back.
    Undone,
    /// No deed is there to be repeated or taken back.
    NothingDone,
    /// There is nothing that could be commanded.
    NoCommands,
    /// What can be commanded.
    Examples {
        /// Sentences, at least one.
        sentences: Vec<String>,
    },
    /// A timer was asked for without its length.
    LengthNeeded,
    /// A length is too long, or none.
    LengthRange,
    /// A timer was set.
    TimerSet {
        /// For how long.
        length: Duration,
        /// What it is called.
        name: Option<String>,
    },
    /// No more timers, alarms and reminders can be set.
    TooMany,
    /// There is no timer at all.
    NoTimer,
    /// No timer is called so.
    NoSuchTimer,
    /// A timer runs for less than what is to be taken off.
    LessLeft,
    /// What a timer has left.
    TimeLeft {
        /// How long.
        left: Duration,
        /// What it is called.
        name: Option<String>,
        /// Whether its clock stands.
        paused: bool,
    },
    /// A timer was named.
    TimerNamed {
        /// Its name.
        name: String,
    },
    /// Several timers or alarms could be meant.
    WhichOne {
        /// What they are called.
        names: Vec<AlarmLabel>,
    },
    /// There is no timer, alarm or reminder of that kind.
    NoneThere,
    /// No timer or alarm is called so.
    NoSuchOne,
    /// One was cancelled.
    Cancelled {
        /// What it was called.
        name: AlarmLabel,
    },
    /// All of a kind were cancelled.
    AllCancelled,
    /// There is no reminder to cancel.
    NoReminders,
    /// All reminders were cancelled.
    RemindersCancelled,
    /// All timers, alarms or reminders.
    Listing(Vec<ListedAlarm>),
    /// The clock on the wall is not known.
    ClockUnknown,
    /// No time was said for an alarm or a reminder.
    MomentNeeded,
    /// A moment is over.
    MomentPassed,
    /// The time zone has no such moment.
    MomentUnknown {
        /// Why, for a developer.
        reason: String,
    },
    /// An alarm was set.
    AlarmSet {
        /// For when.
        at: RelativeMoment,
        /// What it is called.
        name: Option<String>,
    },
    /// A reminder was set by a length.
    RemindIn {
        /// After how long.
        length: Duration,
        /// Of what.
        text: String,
    },
    /// A reminder was set by a moment.
    RemindAt {
        /// When.
        at: RelativeMoment,
        /// Of what.
        text: String,
    },
    /// Nothing has rung that could ring again.
    NothingRang,
    /// What rang will ring again.
    RingsAgain {
        /// After how long.
        length: Duration,
    },
    /// The first sentence of `golem echo-test`: as long as one of a reply, with many different sounds.
    EchoTestVoice,
    /// The second one.
    EchoTestPatience,
    /// Home Assistant sends sound without a question.
    Announcement,
    /// A timer rings.
    TimeUp {
        /// What it is called, where that is known.
        name: Option<AlarmLabel>,
    },
    /// An alarm rings.
    AlarmRings {
        /// What the clock shows.
        clock: Time,
        /// What it is called.
        name: Option<String>,
    },
    /// A reminder is due.
    Reminder {
        /// Of what.
        text: String,
    },
    /// The time here.
    TimeHere {
        /// What the clock shows.
        clock: Time,
    },
    /// The time somewhere else.
    TimeThere {
        /// What the clock shows there.
        clock: Time,
        /// The place with its preposition: `in London`.
        place: String,
        /// The day there, where it is another one.
        day: Option<Weekday>,
    },
    /// What day it is, was or will be.
    DateOf {
        /// The day that is spoken of.
        day: Date,
        /// The present day.
        today: Date,
    },
    /// How far away a day is.
    DaysUntil {
        /// The day that is spoken of.
        day: Date,
        /// The present day.
        today: Date,
    },
    /// An application is opened.
    Opening {
        /// Its name.
        name: String,
    },
}

/// What a timer, an alarm or a reminder is called when it is spoken of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmLabel {
    /// By its name or its text.
    Name(String),
    /// By the length that it was set for.
    Length(Duration),
    /// By the moment when it rings.
    At(RelativeMoment),
}

/// A timer, an alarm or a reminder in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListedAlarm {
    /// A timer.
    Timer {
        /// What it has left.
        left: Duration,
        /// What it is called.
        name: Option<String>,
        /// Whether its clock stands.
        paused: bool,
    },
    /// An alarm.
    Alarm {
        /// When it rings.
        at: RelativeMoment,
    },
    /// A reminder.
    Reminder {
        /// When.
        at: RelativeMoment,
        /// Of what.
        text: String,
    },
}
