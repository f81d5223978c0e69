//! Golem's own engine as the fallback of servers, opened when it is needed.

use std::time::Instant;

use crate::engine::EngineError;

/// Reads the time. The caller that composes engines passes the clock in.
pub type ClockReader = fn() -> Instant;
/// Opens an engine.
pub type LocalMaker<T> = Box<dyn FnMut() -> Result<Box<T>, EngineError>>;

/// An engine of this process.
pub struct LocalEngine<T: ?Sized> {
    make: LocalMaker<T>,
    engine: Option<Box<T>>,
}

impl<T: ?Sized> LocalEngine<T> {
    /// An engine that `make` opens.
    pub fn new(make: LocalMaker<T>) -> Self {
        Self { make, engine: None }
    }

    /// The engine; opens it at the first call.
    ///
    /// # Errors
    /// When the engine cannot be opened.
    pub fn open(&mut self) -> Result<&mut T, EngineError> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => (self.make)()?,
        };
        Ok(self.engine.insert(engine))
    }

    /// The engine, if it is open.
    pub fn opened(&self) -> Option<&T> {
        self.engine.as_deref()
    }

    /// The engine for use, if it is open.
    pub fn opened_mut(&mut self) -> Option<&mut T> {
        self.engine.as_deref_mut()
    }
}
