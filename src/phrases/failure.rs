//! Failures of deeds, in no language yet.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::language::Language;

/// Why a command is not carried out, or a deed was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The owner has ruled it out.
    NeverDone {
        /// Name of the command.
        intent: String,
    },
    /// No command was said.
    NoCommand,
    /// The command lacks an action or a word that the action needs.
    NoAction,
    /// It has to be confirmed, and there is nobody to ask.
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
    /// It needs the voice of a person who is enrolled, and golem is not sure of that.
    UnknownVoice,
    /// None of the programs that could do it is installed.
    NotInstalled {
        /// Their names, at least one.
        programs: Vec<String>,
    },
    /// A spoken word would be taken for an option of a program.
    LooksLikeOption {
        /// The word.
        value: String,
    },
    /// A spoken word holds a character that cannot be spoken.
    ControlCharacter {
        /// The placeholder that it would fill.
        slot: String,
    },
    /// A spoken word would lead out of its folder.
    LeavesFolder {
        /// The path or address with the word.
        address: String,
    },
    /// A spoken word would stand where none may stand.
    Misplaced {
        /// Why not there, for the author of the command.
        reason: String,
    },
    /// A program could not be started.
    NoStart {
        /// The program.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// A program ended with an error.
    BadEnd {
        /// The program.
        program: String,
        /// How it ended.
        end: ProgramEnd,
        /// Its last line, when it printed one.
        last_line: Option<String>,
    },
    /// A program or a service took too long.
    TooLong {
        /// The program or service.
        what: String,
        /// The time that it had.
        timeout: Duration,
    },
    /// It was stopped on the person's word, or with golem.
    Stopped,
    /// A line could not be written.
    NotWritten {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: WriteFault,
    },
    /// A service did not do it.
    Service {
        /// Its address.
        url: String,
        /// Why.
        fault: ServiceFault,
    },
    /// The machine does not know a time zone.
    UnknownZone {
        /// Its name.
        zone: String,
    },
    /// No calendar has such a day.
    NoSuchDay,
    /// An application was removed in the meantime.
    Removed {
        /// Name of its desktop entry.
        id: String,
    },
    /// A level is out of its range.
    LevelRange,
    /// A level is not a number.
    LevelNumber,
    /// The sentence asks for no change of a level.
    NoLevel,
    /// The program at hand has no such function.
    CannotDo {
        /// The program.
        program: String,
    },
    /// None of the programs that set a level is installed.
    NoneInstalled {
        /// Their names.
        programs: Vec<String>,
    },
    /// A command line is empty.
    NoProgram,
    /// A request has a method that golem does not send.
    UnknownMethod {
        /// The method.
        method: String,
    },
    /// A deed of the dialogue was handed to the outside world.
    OfDialogue {
        /// Its name.
        name: String,
    },
    /// Golem has no such deed.
    NoBuiltin {
        /// Its name.
        name: String,
    },
}

/// How a program ended that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramEnd {
    /// With this exit status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// The system does not say.
    Unknown,
}

/// Why a line cannot be written to a file.
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
    /// What the system said.
    System(String),
}

/// Why a service did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceFault {
    /// It does not answer, for this reason.
    Unreachable(String),
    /// It refuses, with this status.
    Status(String),
    /// Its answer broke off, for this reason.
    Broken(String),
}

/// In English, as logs and events have it.
impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.say(Language::English))
    }
}
