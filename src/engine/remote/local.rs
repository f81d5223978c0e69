//! The engine of this machine that works when no server does, opened when it is needed.

use std::time::Instant;

use crate::engine::EngineError;

/// Reads the time: what is composed of engines knows the clock.
pub type Clock = fn() -> Instant;
/// Opens an engine.
pub type LocalMaker<T> = Box<dyn FnMut() -> Result<Box<T>, EngineError>>;

/// An engine of this machine.
pub struct LocalEngine<T: ?Sized> {
    make: LocalMaker<T>,
    engine: Option<Box<T>>,
}

impl<T: ?Sized> LocalEngine<T> {
    /// An engine that `make` opens.
    pub fn new(make: LocalMaker<T>) -> Self {
        Self { make, engine: None }
    }

    /// The engine, opened if it was not.
    ///
    /// # Errors
    /// When it cannot be opened.
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

    /// The same, to work with.
    pub fn opened_mut(&mut self) -> Option<&mut T> {
        self.engine.as_deref_mut()
    }
}
