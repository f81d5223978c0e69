//! The threads of the speech server that hear and speak: a few engines, shared fairly among all clients.
//!
//! Each recording or live session has a thread of its own, which decodes it and finds the voices in it. Each stretch of
//! voice is a job for the recognisers. Each thread has at most one job in their queue, so that an hour of film does not
//! delay a short recording. The voice takes turns between texts, a piece of a clause at a time, and waits for slow
//! readers. A panic costs the job that it comes from; the engine is opened anew for the next one.

pub mod guard;
pub mod listener;
pub mod queue;
pub mod recogniser;
pub mod rest;
pub mod spoken;
pub mod task;
pub mod voice;
