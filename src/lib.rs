//! golem: a voice assistant that lives in a terminal and can be interrupted like a person.
//!
//! The floors, each importing only from those below it (`tests/tidy.rs` reads them here and holds the code to them):
//!
//! - the command line: [`cli`]
//! - the speech server, and in a checkout the benches: [`serve`], `bench`
//! - the live golem and its screen: [`runtime`], [`tui`]
//! - the control socket, and golem on a virtual clock: [`control`], [`replay`]
//! - threads: [`worker`]
//! - recordings into words, recorded sessions: [`transcribe`], [`session`]
//! - the outside world: [`engine`], [`device`], [`model`], [`executor`], [`history`]
//! - the dialogue, pure: [`dialog`]
//! - actions of commands: [`command`]
//! - settings and figures: [`config`], [`metrics`]
//! - messages: [`message`]
//! - orders to the outside world, numbers as words: [`order`], [`verbalize`]
//! - the meaning of sentences: [`intent`]
//! - texts, signals, turns, HTTP: [`phrases`], [`manual`], [`signal`], [`turn`], [`http_agent`]

#[cfg(feature = "bench")]
pub mod bench;
pub mod cli;
pub mod command;
pub mod config;
pub mod control;
pub mod device;
pub mod dialog;
pub mod engine;
pub mod executor;
pub mod history;
pub mod http_agent;
pub mod intent;
pub mod manual;
pub mod message;
pub mod metrics;
pub mod model;
pub mod order;
pub mod phrases;
pub mod replay;
pub mod runtime;
pub mod serve;
pub mod session;
pub mod signal;
pub mod transcribe;
pub mod tui;
pub mod turn;
pub mod verbalize;
pub mod worker;
