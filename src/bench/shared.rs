//! Engines that several runs use one after the other.

use std::cell::RefCell;
use std::rc::Rc;

use crate::engine::{Chat, EngineError, Speech, Synthesizer, Transcriber, Vad};
use crate::message::{Message, Transcript};
use crate::signal::frame::FRAME;
use crate::turn::Ticket;

/// One engine for all runs: loading it anew for each would take longer than the run.
pub struct SharedEngine<T: ?Sized>(Rc<RefCell<Box<T>>>);

impl<T: ?Sized> SharedEngine<T> {
    /// Wraps `engine`; all clones share it.
    pub fn new(engine: Box<T>) -> Self {
        Self(Rc::new(RefCell::new(engine)))
    }
}

impl<T: ?Sized> Clone for SharedEngine<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl Chat for SharedEngine<dyn Chat> {
    fn describe(&self) -> String {
        self.0.borrow().describe()
    }

    fn begin(&mut self, conversation: &[Message], stop: &Ticket) -> Result<(), EngineError> {
        self.0.borrow_mut().begin(conversation, stop)
    }

    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError> {
        self.0.borrow_mut().next(stop)
    }

    fn is_late(&self) -> bool {
        self.0.borrow().is_late()
    }
}

impl Synthesizer for SharedEngine<dyn Synthesizer> {
    fn describe(&self) -> String {
        self.0.borrow().describe()
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        self.0.borrow_mut().speak(text, stop)
    }
}

impl Vad for SharedEngine<dyn Vad> {
    fn reset(&mut self) {
        self.0.borrow_mut().reset();
    }

    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
        self.0.borrow_mut().probability(frame)
    }
}

impl Transcriber for SharedEngine<dyn Transcriber> {
    fn describe(&self) -> String {
        self.0.borrow().describe()
    }

    fn streams(&self) -> bool {
        self.0.borrow().streams()
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.0.borrow_mut().start()
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.0.borrow_mut().accept(audio)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        self.0.borrow_mut().finish(stop)
    }
}
