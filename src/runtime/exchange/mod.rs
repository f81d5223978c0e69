//! The exchange of the recogniser and the language model while golem runs. A new engine is made in a thread of its own
//! while the old one works on. It takes over between two turns, and gives its place back if it fails at once.

mod arrival;
mod factory;
mod slot;
mod watch;

pub use self::arrival::Arrival;
pub use self::factory::{EngineFactory, LoadedEngine, Recipe};
pub use self::slot::KnownEngine;

use crossbeam_channel::{Receiver, Sender, unbounded};

use self::arrival::FoundEngine;
use self::slot::{EngineSlot, LoadOutcome};
use super::report::{InUse, tell};
use crate::config::Config;
use crate::control::{Ready, Update};
use crate::message::{Event, Part};
use crate::worker::{Handle, asr, llm};

/// The engines that golem begins with.
#[derive(Default)]
pub struct StartEngines {
    /// The recogniser.
    pub asr: KnownEngine,
    /// The language model.
    pub llm: KnownEngine,
}

/// Exchanges the recogniser and the language model.
pub struct Exchange {
    shop: EngineFactory,
    asr: EngineSlot<asr::AsrJob>,
    llm: EngineSlot<llm::LlmJob>,
    /// Parts that a person has chosen: golem no longer chooses them itself.
    chosen: Vec<Part>,
    arrivals_in: Sender<Arrival>,
    arrivals: Receiver<Arrival>,
    in_use: InUse,
    updates: Sender<Update>,
    _watch: Option<Handle<()>>,
}

impl Exchange {
    /// An exchange for a golem that begins with `first`.
    pub fn new(shop: EngineFactory, first: StartEngines, in_use: InUse, updates: &Sender<Update>) -> Self {
        let (arrivals_in, arrivals) = unbounded();
        let watch = watch::watch(&shop, arrivals_in.clone()).unwrap_or_else(|error| {
            tracing::warn!("better parts are not looked for: {error}");
            None
        });
        in_use.set(Part::Asr, &first.asr.name);
        in_use.set(Part::Llm, &first.llm.name);
        Self {
            shop,
            asr: EngineSlot::new(first.asr, |job| matches!(job, asr::AsrJob::Begin(_))),
            llm: EngineSlot::new(first.llm, |job| matches!(job, llm::LlmJob::Think { .. })),
            chosen: Vec::new(),
            arrivals_in,
            arrivals,
            in_use,
            updates: updates.clone(),
            _watch: watch,
        }
    }

    /// The channel of arrivals, each to be passed to [`Exchange::arrive`].
    pub fn arrivals(&self) -> Receiver<Arrival> {
        self.arrivals.clone()
    }

    /// Whether the recogniser gains from decoding ahead of time.
    pub fn speculates(&self) -> bool {
        !self.asr.current().streams
    }

    /// A person wants another recogniser or language model.
    pub fn request(&mut self, part: Part, name: &str) {
        let busy = if part == Part::Asr { self.asr.busy() } else { self.llm.busy() };
        let started = if busy {
            Err("another change is under way; try again".into())
        } else {
            self.shop.recipe(part, name.trim()).and_then(|recipe| self.make(part, recipe))
        };
        match started {
            Ok(()) => self.chose(part),
            Err(reason) => self.keep(part, &reason),
        }
    }

    /// Takes new settings: another language model is made if they name one.
    pub fn configure(&mut self, config: &Config) {
        if !self.shop.configure(config) {
            return;
        }
        let made = match self.shop.chosen() {
            _ if self.llm.busy() => Err("another change is under way; golem ctl switch brain changes it later".into()),
            None => Err("golem does not look for models here".into()),
            Some(recipe) => self.make(Part::Llm, recipe),
        };
        if let Err(reason) = made {
            self.keep(Part::Llm, &reason);
        }
    }

    /// A person has chosen this part.
    pub fn chose(&mut self, part: Part) {
        if !self.chosen.contains(&part) {
            self.chosen.push(part);
        }
    }

    /// Takes an arrival. Returns the name of a better voice, if one has arrived: text to speech exchanges its engine
    /// itself.
    pub fn arrive(&mut self, arrival: Arrival) -> Option<String> {
        match arrival {
            Arrival::Found(FoundEngine { part: Part::Tts, recipe }) => {
                let name = recipe.name(Part::Tts);
                let welcome = name != self.in_use.get(Part::Tts) && !self.chosen.contains(&Part::Tts);
                return welcome.then_some(name);
            }
            Arrival::Found(FoundEngine { part, recipe }) => {
                let name = recipe.name(part);
                let welcome = if part == Part::Asr { self.asr.welcomes(&name) } else { self.llm.welcomes(&name) };
                if welcome && !self.chosen.contains(&part) {
                    tracing::info!("{} {name} has been installed and is taken up", part);
                    if let Err(reason) = self.make(part, *recipe) {
                        self.keep(part, &reason);
                    }
                }
            }
            Arrival::LoadOutcome { part, number, outcome } => {
                let made =
                    if part == Part::Asr { self.asr.made(number, outcome) } else { self.llm.made(number, outcome) };
                if let LoadOutcome::Not(reason) = made {
                    self.keep(part, &reason);
                }
            }
        }
        None
    }

    fn make(&mut self, part: Part, recipe: Recipe) -> Result<(), String> {
        let (name, told) = (recipe.name(part), self.arrivals_in.clone());
        let refused = |error: std::io::Error| format!("the system refused a thread: {error}");
        let tell = move |number| move |outcome| drop(told.send(Arrival::LoadOutcome { part, number, outcome }));
        if part == Part::Asr {
            let number = self.asr.next_number();
            self.asr.make(number, name, self.shop.asr(recipe, tell(number)).map_err(refused)?);
        } else {
            let number = self.llm.next_number();
            self.llm.make(number, name, self.shop.llm(recipe, tell(number)).map_err(refused)?);
        }
        Ok(())
    }

    /// Lets engines that are ready take over; called between two turns.
    pub fn change(&mut self, asr: &mut Handle<asr::AsrJob>, llm: Option<&mut Handle<llm::LlmJob>>) {
        if self.asr.change(asr) {
            self.told(Part::Asr);
        }
        if llm.is_some_and(|llm| self.llm.change(llm)) {
            self.told(Part::Llm);
        }
    }

    /// Notes a job for the recogniser.
    pub fn heard(&mut self, job: &asr::AsrJob) {
        self.asr.given(job);
    }

    /// Notes a job for the language model.
    pub fn thought(&mut self, job: &llm::LlmJob) {
        self.llm.given(job);
    }

    /// Judges a new part by an event. True if the part has failed and the previous one works again: the caller then
    /// drops the event.
    pub fn judge(
        &mut self,
        event: &Event,
        asr: &mut Handle<asr::AsrJob>,
        llm: Option<&mut Handle<llm::LlmJob>>,
    ) -> bool {
        match event {
            Event::Transcript { transcript, .. } if !transcript.text.trim().is_empty() => self.asr.proven(),
            Event::ReplyEnd { .. } => self.llm.proven(),
            Event::Failed { part: Part::Asr, reason, .. } => return self.asr_back(asr, reason),
            Event::Failed { part: Part::Llm, reason, .. } => {
                return llm.is_some_and(|llm| self.llm_back(llm, reason));
            }
            _ => {}
        }
        false
    }

    /// The recogniser has failed. True if the previous one works again.
    pub fn asr_back(&mut self, asr: &mut Handle<asr::AsrJob>, reason: &str) -> bool {
        let failed = self.asr.back(asr);
        self.returned(Part::Asr, failed, reason)
    }

    /// The language model has failed. True if the previous one works again.
    pub fn llm_back(&mut self, llm: &mut Handle<llm::LlmJob>, reason: &str) -> bool {
        let failed = self.llm.back(llm);
        self.returned(Part::Llm, failed, reason)
    }

    fn returned(&self, part: Part, failed: Option<KnownEngine>, reason: &str) -> bool {
        let Some(failed) = failed else { return false };
        let known = self.known(part);
        self.ready(part, known);
        let text = format!("{}: {} failed ({reason}); back to {}", part, failed.what, known.what);
        tell(&self.updates, Update::notice(text));
        true
    }

    fn known(&self, part: Part) -> &KnownEngine {
        if part == Part::Asr { self.asr.current() } else { self.llm.current() }
    }

    fn ready(&self, part: Part, known: &KnownEngine) {
        self.in_use.set(part, &known.name);
        let ready = Ready { part, what: known.what.clone(), why: String::new(), at: known.at.clone() };
        tell(&self.updates, Update::Ready(ready));
    }

    fn told(&self, part: Part) {
        let known = self.known(part);
        self.ready(part, known);
        tell(&self.updates, Update::notice(format!("{}: {}", part, known.what)));
    }

    fn keep(&self, part: Part, reason: &str) {
        tell(&self.updates, Update::unchanged(part, reason));
    }
}
