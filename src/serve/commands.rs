//! Golem's commands for other programs: what a sentence means, and its deed, where the settings let clients have it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::command::{CommandError, Commands, Verdict};
use crate::config::Config;
use crate::config::serve::ServeCommands;
use crate::config::speaker::SpeakerPolicy;
use crate::executor::Performer;
use crate::intent::Understanding;
use crate::message::{Decision, Note, Transcript};
use crate::order::Order;
use crate::phrases::{Failure, Language};
use crate::runtime::assembly;
use crate::turn::Ticket;
use crate::worker::clerk::Clerk;

/// The commands, as clients may use them.
pub struct ServedCommands {
    commands: Arc<Commands>,
    use_of: ServeCommands,
    /// Decided and reported, but not carried out.
    dry_run: bool,
    /// Commands are for voices that golem knows: a client's text has none.
    for_known_voices: bool,
    hands: Mutex<CommandExecutor>,
}

/// What carries orders out, one at a time, and writes them down.
struct CommandExecutor {
    performer: Performer,
    clerk: Option<Clerk>,
    /// Number of the last sentence.
    number: u64,
}

/// What became of a sentence; what golem says to it, empty for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandAnswer {
    /// It was carried out.
    Done(String),
    /// It was not; why.
    Refused(String),
}

impl ServedCommands {
    /// The commands of `config`; `None` where clients may not have them, or there are none.
    ///
    /// # Errors
    /// When a commands file cannot be read or is wrong.
    pub fn open(config: &Config) -> Result<Option<Self>, CommandError> {
        let use_of = config.serve.commands;
        if use_of == ServeCommands::None {
            return Ok(None);
        }
        let runs = use_of == ServeCommands::Run;
        Ok(assembly::commands(config)?.map(|commands| Self {
            commands,
            use_of,
            dry_run: config.intents.dry_run,
            for_known_voices: config.speaker.policy == SpeakerPolicy::Owner,
            hands: Mutex::new(CommandExecutor { performer: Performer::new(), clerk: assembly::clerk(runs), number: 0 }),
        }))
    }

    /// Whether clients may have them carried out.
    pub fn runs(&self) -> bool {
        self.use_of == ServeCommands::Run
    }

    /// Tag of the language of the sentences.
    pub fn language(&self) -> &str {
        &self.commands.book().intents().language
    }

    /// The language in which golem answers a command.
    pub fn spoken(&self) -> Language {
        self.commands.book().language()
    }

    /// What `text` means.
    pub fn understand(&self, text: &str) -> Understanding {
        self.commands.understand(&Transcript { text: text.into(), ..Transcript::default() })
    }

    /// Carries out what `text` says, unless it needs a yes or a voice that golem knows: a client has neither. Waits for the
    /// end of it, and stops it when `stop` goes stale.
    pub fn carry_out(&self, text: &str, stop: &Ticket) -> CommandAnswer {
        let understanding = self.understand(text);
        let verdict = understanding.best.as_ref().filter(|_| understanding.accepted);
        let verdict = verdict.map(|reading| self.commands.book().decide(reading));
        let language = self.spoken();
        let refused = |reason: Failure| CommandAnswer::Refused(reason.say(language));
        let mut hands = self.hands();
        hands.number += 1;
        let number = hands.number;
        // Write down commands only: other words may be conversation, which is private.
        if let Some(verdict) = &verdict {
            hands.write_down(&Note::Decision(Box::new(self.decision(number, text, &understanding, verdict))));
        }
        let order = match verdict {
            None => return refused(Failure::NoCommand),
            Some(Verdict::Nothing { .. }) => return refused(Failure::NoAction),
            Some(Verdict::Denied { reason } | Verdict::Unavailable { reason }) => return refused(reason),
            Some(Verdict::Confirm { .. }) => return refused(Failure::NeedsYes),
            Some(Verdict::Run(order)) => order,
        };
        if self.for_known_voices {
            return refused(Failure::UnknownVoice);
        }
        if self.dry_run {
            return CommandAnswer::Done(String::new());
        }
        hands.perform(number, &order, stop, language)
    }

    fn decision(&self, number: u64, text: &str, meant: &Understanding, verdict: &Verdict) -> Decision {
        let reading = meant.best.as_ref().filter(|_| meant.accepted);
        let runs = matches!(verdict, Verdict::Run(_)) && !self.for_known_voices;
        Decision {
            utterance: number,
            transcript: text.into(),
            intent: reading.map(|reading| reading.intent.clone()),
            slots: reading.map(|reading| reading.slots.clone()).unwrap_or_default(),
            score: meant.best.as_ref().map_or(0.0, |reading| reading.score),
            runner_up: meant.runner_up.clone(),
            accepted: runs,
            reason: format!("a client's text: {}", meant.reason),
            risk: verdict.risk(),
            argv: verdict.order().and_then(|order| order.deed.argv()).map(<[String]>::to_vec),
            dry_run: self.dry_run,
            ..Decision::default()
        }
    }

    fn hands(&self) -> MutexGuard<'_, CommandExecutor> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommandExecutor {
    fn write_down(&mut self, note: &Note) {
        if let Some(clerk) = &mut self.clerk {
            clerk.take(note);
        }
    }

    fn perform(&mut self, number: u64, order: &Order, stop: &Ticket, language: Language) -> CommandAnswer {
        let outcome = self.performer.perform(order, stop);
        let answer = match (&outcome.failure, &outcome.error) {
            (Some(failure), _) => CommandAnswer::Refused(failure.say(language)),
            (None, Some(error)) => CommandAnswer::Refused(error.clone()),
            (None, None) => CommandAnswer::Done(outcome.say.clone()),
        };
        self.write_down(&Note::Outcome { turn: number, decision: number, outcome });
        answer
    }
}
