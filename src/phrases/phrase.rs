//! Golem's phrases as data, without a language.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};

use super::moment::RelativeMoment;

/// A phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// The person's words were not understood.
    NotUnderstood,
    /// The language model had no answer.
    NoAnswer,
    /// The language model is being loaded.
    OneMoment,
    /// There is no reply yet to repeat.
    NothingSaid,
    /// The microphone was muted.
    MicrophoneOff,
    /// The word for a link in a reply.
    Link,
    /// The word for code in a reply.
    Code,
    /// The command that a dry run did not carry out.
    DryRun {
        /// The command, with the mark that ends the sentence.
        deed: String,
    },
    /// The question before a command.
    Confirm {
        /// The command as it was understood.
        sentence: String,
    },
    /// A command was not confirmed.
    NotConfirmed,
    /// The last command was undone.
    Undone,
    /// There is no command to repeat or to undo.
    NothingDone,
    /// There are no commands.
    NoCommands,
    /// Examples of commands.
    Examples {
        /// The sentences, at least one.
        sentences: Vec<String>,
    },
    /// A timer was asked for without its length.
    LengthNeeded,
    /// A length is too long or too short.
    LengthRange,
    /// A timer was set.
    TimerSet {
        /// The length.
        length: Duration,
        /// The name of the timer.
        name: Option<String>,
    },
    /// No more timers, alarms and reminders can be set.
    TooMany,
    /// There is no timer at all.
    NoTimer,
    /// No timer has that name.
    NoSuchTimer,
    /// A timer has less time left than is to be taken off.
    LessLeft,
    /// The remaining time of a timer.
    TimeLeft {
        /// The remaining time.
        left: Duration,
        /// The name of the timer.
        name: Option<String>,
        /// Whether it is paused.
        paused: bool,
    },
    /// A timer was named.
    TimerNamed {
        /// Its name.
        name: String,
    },
    /// Several timers or alarms fit.
    WhichOne {
        /// Their labels.
        names: Vec<AlarmLabel>,
    },
    /// There is no timer, alarm or reminder of that kind.
    NoneThere,
    /// No timer or alarm fits.
    NoSuchOne,
    /// A timer or alarm was cancelled.
    Cancelled {
        /// Its label.
        name: AlarmLabel,
    },
    /// All timers or alarms were cancelled.
    AllCancelled,
    /// There is no reminder to cancel.
    NoReminders,
    /// All reminders were cancelled.
    RemindersCancelled,
    /// The list of all timers, alarms or reminders.
    Listing(Vec<ListedAlarm>),
    /// The wall clock's time is unknown.
    ClockUnknown,
    /// No time was said for an alarm or a reminder.
    MomentNeeded,
    /// The moment has passed.
    MomentPassed,
    /// The time zone has no such moment.
    MomentUnknown {
        /// The reason, for a developer.
        reason: String,
    },
    /// An alarm was set.
    AlarmSet {
        /// The moment.
        at: RelativeMoment,
        /// The name of the alarm.
        name: Option<String>,
    },
    /// A reminder was set for the end of a length.
    RemindIn {
        /// The length.
        length: Duration,
        /// The text of the reminder.
        text: String,
    },
    /// A reminder was set for a moment.
    RemindAt {
        /// The moment.
        at: RelativeMoment,
        /// The text of the reminder.
        text: String,
    },
    /// There is no alarm to repeat.
    NothingRang,
    /// An alarm will ring again.
    RingsAgain {
        /// The length until then.
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
        /// Its label, where that is known.
        name: Option<AlarmLabel>,
    },
    /// An alarm rings.
    AlarmRings {
        /// The clock's time.
        clock: Time,
        /// The name of the alarm.
        name: Option<String>,
    },
    /// A reminder is due.
    Reminder {
        /// Its text.
        text: String,
    },
    /// The time here.
    TimeHere {
        /// The clock's time.
        clock: Time,
    },
    /// The time in another place.
    TimeThere {
        /// The clock's time there.
        clock: Time,
        /// The place with its preposition: `in London`.
        place: String,
        /// The weekday there, if it is another one.
        day: Option<Weekday>,
    },
    /// The date of a day.
    DateOf {
        /// The day.
        day: Date,
        /// Today.
        today: Date,
    },
    /// The number of days until a day.
    DaysUntil {
        /// The day.
        day: Date,
        /// Today.
        today: Date,
    },
    /// An application is opened.
    Opening {
        /// Its name.
        name: String,
    },
}

/// The label of a timer, an alarm or a reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmLabel {
    /// Its name or its text.
    Name(String),
    /// The length that it was set for.
    Length(Duration),
    /// The moment when it rings.
    At(RelativeMoment),
}

/// A timer, an alarm or a reminder in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListedAlarm {
    /// A timer.
    Timer {
        /// Its remaining time.
        left: Duration,
        /// Its name.
        name: Option<String>,
        /// Whether it is paused.
        paused: bool,
    },
    /// An alarm.
    Alarm {
        /// The moment when it rings.
        at: RelativeMoment,
    },
    /// A reminder.
    Reminder {
        /// The moment when it is due.
        at: RelativeMoment,
        /// Its text.
        text: String,
    },
}
