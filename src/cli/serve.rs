//! `golem serve`: golem's recogniser and voice for other programs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::Builder;

use anyhow::{Context, Result, bail};
use clap::Args;
use crossbeam_channel::{Receiver, never, select};

use super::usage::Usage;
use super::{notify, process};
use crate::config::Config;
use crate::config::serve::ServeProtocol;
use crate::serve::{ServeError, ServePort, SpeechServer};

const EXAMPLES: &str = "\
Examples:
  golem serve                                 OpenAI's audio endpoints on http://127.0.0.1:8880/v1
  golem serve --openai --wyoming              and Wyoming, for Home Assistant, on port 10300
  golem serve --realtimestt                   RealtimeSTT's live protocols on ports 8010 to 8012
  golem serve --bind 0.0.0.0:8880 --token-file ~/.config/golem/token
                                              for other machines, which must show the token
  curl http://127.0.0.1:8880/v1/audio/transcriptions -F file=@talk.mp3 -F response_format=srt
  curl http://127.0.0.1:8880/v1/audio/speech -d '{\"input\": \"Good morning\"}' -o morning.mp3";

/// Exit status after a second signal: what shells give a program that Ctrl-C ended.
const IMPATIENT: i32 = 130;

#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    #[command(flatten)]
    asked: AskedProtocols,
    /// Address and port of HTTP, 8880 if left out; all else listens at the same address [default: 127.0.0.1:8880]
    #[arg(long, value_name = "IP:PORT")]
    bind: Option<String>,
    /// Port of Wyoming [default: 10300]
    #[arg(long, value_name = "PORT")]
    wyoming_port: Option<u16>,
    /// Announce Wyoming to the network, so that Home Assistant finds it
    #[arg(long)]
    zeroconf: bool,
    /// File whose first line is the token that HTTP's clients must show
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Most clients that are served at a time [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    sessions: Option<u16>,
}

/// What is to be served; what the settings say where nothing is named.
#[derive(Clone, Copy, Debug, Args)]
struct AskedProtocols {
    /// Serve OpenAI's audio endpoints over HTTP
    #[arg(long)]
    openai: bool,
    /// Serve Wyoming, which Home Assistant speaks
    #[arg(long)]
    wyoming: bool,
    /// Serve RealtimeSTT's clients, live over WebSockets
    #[arg(long)]
    realtimestt: bool,
}

impl ServeArgs {
    /// The settings with what the flags say.
    fn apply(&self, config: &Config) -> Config {
        let mut config = config.clone();
        let serve = &mut config.serve;
        let asked = [
            (self.asked.openai, ServeProtocol::OpenAi),
            (self.asked.wyoming, ServeProtocol::Wyoming),
            (self.asked.realtimestt, ServeProtocol::RealtimeStt),
        ];
        if asked.iter().any(|(asked, _)| *asked) {
            serve.protocols = asked.into_iter().filter_map(|(asked, protocol)| asked.then_some(protocol)).collect();
        }
        if let Some(bind) = &self.bind {
            serve.bind.clone_from(bind);
        }
        serve.wyoming_port = self.wyoming_port.unwrap_or(serve.wyoming_port);
        serve.zeroconf |= self.zeroconf;
        if let Some(path) = &self.token_file {
            serve.token_file = path.display().to_string();
        }
        serve.sessions = self.sessions.map_or(serve.sessions, usize::from);
        config
    }
}

/// Serves until a signal ends it.
pub fn run(args: &ServeArgs, config: &Config) -> Result<()> {
    let config = args.apply(config);
    let signals = process::signals()?;
    let server = SpeechServer::start(&config).map_err(fault)?;
    let token = !config.serve.token_file.is_empty();
    for (port, address) in &server.addresses {
        println!("{}", served(*port, *address, token));
    }
    let ended = watch(&server, &signals);
    notify::ending();
    end(server, signals)?;
    ended
}

/// Ends the server when those who are served have their answers; the next one of `signals` ends golem at once.
///
/// # Errors
/// When the system refuses a thread; then no answer is waited for.
pub fn end(server: SpeechServer, signals: Receiver<i32>) -> Result<()> {
    let impatient = move || {
        if signals.recv().is_ok() {
            std::process::exit(IMPATIENT);
        }
    };
    // The thread ends with the process, as signals do.
    Builder::new().name("golem-impatient".into()).spawn(impatient).context("the system refuses a thread")?;
    server.end();
    Ok(())
}

/// A failure to serve, as wrong usage where the settings are the reason.
pub fn fault(error: ServeError) -> anyhow::Error {
    match error {
        ServeError::Bind { .. } | ServeError::System(_) => error.into(),
        usage => Usage(usage.to_string()).into(),
    }
}

/// A line about a port that is served, and how to try it.
fn served(port: ServePort, address: SocketAddr, token: bool) -> String {
    let header = if token { " -H \"Authorization: Bearer $TOKEN\"" } else { "" };
    match port {
        ServePort::Http => format!(
            "golem serves OpenAI's audio endpoints on http://{address}/v1\n  \
             curl http://{address}/v1/audio/transcriptions{header} -F file=@talk.mp3"
        ),
        ServePort::Wyoming => format!("golem serves Wyoming on tcp://{address}"),
        ServePort::RecorderControl => format!("golem serves RealtimeSTT's control socket on ws://{address}"),
        ServePort::RecorderSingle => {
            format!("golem serves RealtimeSTT's single socket on ws://{address}/ws/transcribe")
        }
        ServePort::RecorderData => format!("golem serves RealtimeSTT's data socket on ws://{address}"),
        ServePort::Metrics => format!("golem gives its figures on http://{address}/metrics, and /health and /ready"),
    }
}

/// Reports engines as they are loaded, and waits for a signal. An error if there is no recogniser.
fn watch(server: &SpeechServer, signals: &Receiver<i32>) -> Result<()> {
    let beats = notify::beats();
    let (mut ears, mut voice) = (server.ears.clone(), server.voice.clone());
    // `heard` and `spoken` are set when their channel closes: all engines behind it have reported.
    let (mut heard, mut spoken, mut ready) = (false, false, false);
    loop {
        select! {
            recv(beats) -> _ => notify::alive(),
            recv(ears) -> report => match report {
                Ok(Ok(what)) => eprintln!("ears: {what}"),
                Ok(Err(reason)) => bail!(reason),
                Err(_) => (ears, heard) = (never(), true),
            },
            recv(voice) -> report => match report {
                Ok(Ok(what)) => eprintln!("voice: {what}"),
                Ok(Err(reason)) => eprintln!("golem: texts are not spoken: {reason}"),
                Err(_) => (voice, spoken) = (never(), true),
            },
            recv(signals) -> signal => {
                signal.into_iter().for_each(process::tell);
                return Ok(());
            }
        }
        if heard && spoken && !ready {
            ready = true;
            server.loaded();
            notify::ready();
            eprintln!("ready");
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    #[test]
    fn each_protocol_is_asked_for_by_its_flag() {
        for protocol in [ServeProtocol::OpenAi, ServeProtocol::Wyoming, ServeProtocol::RealtimeStt] {
            let command = ServeArgs::augment_args(Command::new("serve"));
            let matches = command.try_get_matches_from(["serve", protocol.flag()]).unwrap();
            let args = ServeArgs::from_arg_matches(&matches).unwrap();
            assert_eq!(args.apply(&Config::default()).serve.protocols, [protocol]);
        }
    }
}
