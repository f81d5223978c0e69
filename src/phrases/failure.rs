//! Failures of commands as data, without a language.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::language::Language;

/// The reason why a command was refused or has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The owner forbids it.
    NeverDone {
        /// Name of the command.
        intent: String,
    },
    /// No command was said.
    NoCommand,
    /// The command lacks an action or a word that the action needs.
    NoAction,
    /// It has to be confirmed, and there is no one to ask.
    NeedsYes,
    /// Other programs may not have commands carried out.
    NotOffered,
    /// A sentence is too long for a command.
    LongSentence {
        /// Most bytes.
        most: usize,
    },
    /// Golem itself failed.
    Broken,
    /// It needs the voice of an enrolled person, and golem is not sure of the voice.
    UnknownVoice,
    /// None of the programs that can do it is installed.
    NotInstalled {
        /// The names of the programs, at least one.
        programs: Vec<String>,
    },
    /// A spoken word would be taken for an option of a program.
    LooksLikeOption {
        /// The word.
        value: String,
    },
    /// A spoken word has a control character.
    ControlCharacter {
        /// The placeholder that it would fill.
        slot: String,
    },
    /// A spoken word would lead out of its folder.
    LeavesFolder {
        /// The path or address with the word.
        address: String,
    },
    /// A spoken word would stand where none is allowed.
    Misplaced {
        /// The reason, for the author of the command.
        reason: String,
    },
    /// A program could not be started.
    NoStart {
        /// The program.
        program: String,
        /// The system's message.
        reason: String,
    },
    /// A program ended with an error.
    BadEnd {
        /// The program.
        program: String,
        /// How it ended.
        end: ProgramEnd,
        /// The last line of its output, if it has one.
        last_line: Option<String>,
    },
    /// A program or a service took too long.
    TooLong {
        /// The program or service.
        what: String,
        /// Its timeout.
        timeout: Duration,
    },
    /// The person stopped it, or golem ended.
    Stopped,
    /// A line could not be written.
    NotWritten {
        /// The file.
        path: PathBuf,
        /// The reason.
        fault: WriteFault,
    },
    /// A service failed to do it.
    Service {
        /// Its address.
        url: String,
        /// The reason.
        fault: ServiceFault,
    },
    /// The machine does not know a time zone.
    UnknownZone {
        /// The name of the time zone.
        zone: String,
    },
    /// The calendar has no such day.
    NoSuchDay,
    /// The application has been removed.
    Removed {
        /// Name of its desktop entry.
        id: String,
    },
    /// A level is out of its range.
    LevelRange,
    /// A level is not a number.
    LevelNumber,
    /// The sentence does not say how to change a level.
    NoLevel,
    /// The available program has no such function.
    CannotDo {
        /// The program.
        program: String,
    },
    /// None of the programs that can set a level is installed.
    NoneInstalled {
        /// The names of the programs.
        programs: Vec<String>,
    },
    /// A command line is empty.
    NoProgram,
    /// Golem does not send requests with this method.
    UnknownMethod {
        /// The method.
        method: String,
    },
    /// A command of the dialogue was given to the executor.
    OfDialogue {
        /// Its name.
        name: String,
    },
    /// Golem has no such builtin command.
    NoBuiltin {
        /// Its name.
        name: String,
    },
}

/// The way in which a program failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramEnd {
    /// With this exit status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// Unknown: the system does not say.
    Unknown,
}

/// The reason why a line cannot be written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// It is a link.
    Link,
    /// It is a folder.
    Folder,
    /// It is a device or a socket.
    Special,
    /// It is a FIFO without a reader.
    NoReader,
    /// The system's message.
    System(String),
}

/// The reason why a service failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceFault {
    /// It does not answer; the reason.
    Unreachable(String),
    /// It refuses; the status.
    Status(String),
    /// Its answer breaks off; the reason.
    Broken(String),
}

/// The failure in English, for logs and events.
impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.say(Language::English))
    }
}
