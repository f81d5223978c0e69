//! The guard of an echo canceller: it replaces one that panics, and passes the microphone's sound on unchanged
//! meanwhile.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::thread;

use super::{BLOCK, EchoCanceller, EngineError};

/// Most replacements in a session. After the last has broken too, the sound is no longer changed.
const REBUILT_AT_MOST: u32 = 3;
/// Blocks between a break and the next canceller: 1 s.
const PAUSE: u32 = 100;

thread_local! {
    /// Whether this thread is inside a canceller.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread, now, comes from a canceller, so that golem goes on after it.
pub fn inside() -> bool {
    INSIDE.get()
}

/// Returns the result of `work`, or the panic that ended it.
fn catch_unwind<T>(work: impl FnOnce() -> T) -> thread::Result<T> {
    INSIDE.set(true);
    let result = std::panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(false);
    result
}

/// Makes a canceller.
pub type CancellerMaker = Box<dyn Fn() -> Result<Box<dyn EchoCanceller>, EngineError>>;

/// An echo canceller that is replaced when it breaks.
pub struct GuardedCanceller {
    make: CancellerMaker,
    canceller: Option<Box<dyn EchoCanceller>>,
    /// Blocks until the next canceller is made.
    pause: u32,
    rebuilt: u32,
    /// Why the last canceller broke, until [`GuardedCanceller::broken`] returns it.
    broken: Option<String>,
}

impl GuardedCanceller {
    /// A canceller made by `make`, at once and after each break.
    ///
    /// # Errors
    /// When the first cannot be made.
    pub fn new(make: CancellerMaker) -> Result<Self, EngineError> {
        let canceller = Some(make()?);
        Ok(Self { make, canceller, pause: 0, rebuilt: 0, broken: None })
    }

    /// Takes a block of the reference and removes its echo from a block of the microphone. Returns whether it did;
    /// otherwise the block is unchanged. `linear` gets the linear output of [`EchoCanceller::capture`], or else the
    /// microphone's block.
    pub fn cancel(&mut self, reference: &[f32; BLOCK], block: &mut [f32; BLOCK], linear: &mut [f32; BLOCK]) -> bool {
        let raw = *block;
        *linear = raw;
        self.rebuild();
        let Some(canceller) = &mut self.canceller else { return false };
        let work = || {
            canceller.render(reference)?;
            canceller.capture(block, linear)
        };
        let reason = match catch_unwind(work) {
            Ok(Ok(())) if block.iter().chain(&*linear).all(|sample| sample.is_finite()) => return true,
            Ok(Ok(())) => "it gave what is no number".into(),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => text_of(panic.as_ref()),
        };
        (*block, *linear) = (raw, raw);
        self.breaks(reason);
        false
    }

    /// Drops the canceller, which may be in any state.
    fn breaks(&mut self, reason: String) {
        // Ignore a panic in the canceller's drop.
        let broken = self.canceller.take();
        let _ = catch_unwind(|| drop(broken));
        self.broken = Some(reason);
        self.pause = PAUSE;
    }

    /// Makes the next canceller when the pause is over.
    fn rebuild(&mut self) {
        if self.canceller.is_some() || self.rebuilt >= REBUILT_AT_MOST {
            return;
        }
        self.pause = self.pause.saturating_sub(1);
        if self.pause == 0 {
            self.rebuilt += 1;
            self.renew();
        }
    }

    /// Replaces the canceller by one that has not adapted yet.
    fn renew(&mut self) {
        let old = self.canceller.take();
        let made = catch_unwind(|| {
            drop(old);
            (self.make)()
        });
        match made {
            Ok(Ok(canceller)) => self.canceller = Some(canceller),
            Ok(Err(error)) => self.breaks(error.to_string()),
            Err(panic) => self.breaks(text_of(panic.as_ref())),
        }
    }

    /// Why the canceller broke; each reason is returned once.
    pub fn broken(&mut self) -> Option<String> {
        let reason = self.broken.take()?;
        let then = if self.rebuilt < REBUILT_AT_MOST {
            "it starts anew"
        } else {
            "golem goes on without it; use headphones, or start golem again"
        };
        Some(format!("the echo canceller broke ({reason}); {then}"))
    }

    /// Whether the canceller finds the lag of the echo by itself.
    pub fn finds_lag(&self) -> bool {
        self.canceller.as_ref().is_none_or(|canceller| canceller.finds_lag())
    }

    /// Forgets the echo path, for another microphone.
    pub fn reset(&mut self) {
        if self.canceller.is_some() {
            self.renew();
        }
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    /// A canceller that halves its input and breaks at certain blocks.
    struct Brittle {
        heard: Rc<Cell<u32>>,
        breaks: fn(u32) -> bool,
    }

    impl EchoCanceller for Brittle {
        fn render(&mut self, _: &[f32; BLOCK]) -> Result<(), EngineError> {
            Ok(())
        }

        fn capture(&mut self, block: &mut [f32; BLOCK], linear: &mut [f32; BLOCK]) -> Result<(), EngineError> {
            self.heard.set(self.heard.get() + 1);
            *block = block.map(|sample| sample * 0.5);
            *linear = *block;
            if (self.breaks)(self.heard.get()) {
                std::panic::resume_unwind(Box::new("too late"));
            }
            Ok(())
        }

        fn finds_lag(&self) -> bool {
            true
        }
    }

    fn guarded(breaks: fn(u32) -> bool) -> GuardedCanceller {
        let heard = Rc::new(Cell::new(0));
        GuardedCanceller::new(Box::new(move || Ok(Box::new(Brittle { heard: Rc::clone(&heard), breaks })))).unwrap()
    }

    /// Runs so many blocks and returns for each whether it was changed.
    fn run(canceller: &mut GuardedCanceller, blocks: u32) -> Vec<bool> {
        (0..blocks)
            .map(|_| {
                let (mut block, mut linear) = ([1.0; BLOCK], [0.0; BLOCK]);
                let done = canceller.cancel(&[0.0; BLOCK], &mut block, &mut linear);
                let expected = if done { 0.5_f32 } else { 1.0 };
                let same = block.iter().chain(&linear).all(|sample| (sample - expected).abs() < 1e-6);
                assert!(same, "what broke changed the microphone");
                done
            })
            .collect()
    }

    #[test]
    fn after_a_panic_the_microphone_is_heard_as_it_is_until_a_fresh_canceller_takes_over() {
        let mut canceller = guarded(|block| block == 3);
        let done = run(&mut canceller, 200);
        assert_eq!(done.iter().position(|done| !done), Some(2));
        assert_eq!(done.iter().filter(|done| !**done).count(), PAUSE as usize);
        let said = canceller.broken().unwrap();
        assert!(said.contains("too late") && said.contains("anew"), "{said}");
        assert!(canceller.broken().is_none(), "it says so once");
    }

    #[test]
    fn a_maker_that_panics_is_no_end_of_hearing() {
        let count = Rc::new(Cell::new(0));
        let make = move || -> Result<Box<dyn EchoCanceller>, EngineError> {
            count.set(count.get() + 1);
            if count.get() > 1 {
                std::panic::resume_unwind(Box::new("no memory"));
            }
            Ok(Box::new(Brittle { heard: Rc::default(), breaks: |_| false }))
        };
        let mut canceller = GuardedCanceller::new(Box::new(make)).unwrap();
        canceller.reset();
        assert!(run(&mut canceller, 10).iter().all(|done| !done));
        assert!(canceller.broken().unwrap().contains("no memory"));
    }

    #[test]
    fn one_that_breaks_time_and_again_is_given_up() {
        let mut canceller = guarded(|_| true);
        assert!(run(&mut canceller, 1_000).iter().all(|done| !done));
        assert!(canceller.broken().unwrap().contains("without it"));
    }
}
