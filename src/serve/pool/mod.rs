//! The threads of the speech server that hear and speak: a few engines, shared fairly among all clients.
//!
//! Each recording or live session that is being heard has a thread of its own, which decodes it and finds the voices in it. What is said in
//! one stretch of voice is a job for the recognisers; each has at most one such job in their queue, so that a short
//! one is not kept waiting by an hour of film. The voice takes turns between texts, a piece of a clause at a time.

pub mod listener;
pub mod queue;
pub mod recogniser;
pub mod rest;
pub mod task;
pub mod voice;
