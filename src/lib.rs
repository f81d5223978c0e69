//! golem: a voice assistant that lives in a terminal and can be interrupted like a person.
//!
//! The floors, each importing only from those below it (`tests/tidy.rs` holds them to it):
//!
//! - front ends: [`cli`], [`tui`], and in a checkout `bench`
//! - composition: [`runtime`], [`replay`], [`control`], [`serve`]
//! - threads: [`worker`], [`transcribe`]
//! - outside world: [`engine`], [`device`], [`model`], [`executor`], [`history`], and [`http_agent`] below them
//! - decisions, pure: [`dialog`], [`config`], [`command`]
//! - vocabulary: [`turn`], [`message`], [`metrics`], [`signal`], [`intent`], [`order`], [`verbalize`]
//! - golem's own words: [`phrases`]

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
