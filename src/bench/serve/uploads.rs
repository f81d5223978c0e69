//! The table of clients who upload: how long they wait for their words, and how much speech the server hears in a
//! second.

use std::path::Path;

use anyhow::Result;

use super::args::ServeBenchArgs;
use super::crowd::{CrowdFigures, SpokenSample, gather};
use super::process::{ServerMemory, ServerProcess};
use super::servers::{ServedInterface, compare, times};

/// The text before the address in a server's output.
const ADDRESS: &str = "http://";
/// Requests before the first that counts.
const WARM: usize = 4;
/// If more clients do not make a server transcribe this many times more speech, it has reached its limit.
const MORE: f64 = 1.1;

/// A row of the table.
struct CrowdRow {
    figures: CrowdFigures,
    memory: ServerMemory,
    /// Processor cores that the server kept busy.
    cores: f64,
}

/// Measures with the model at `model`, and prints.
///
/// # Errors
/// When a server cannot be used.
pub fn run(args: &ServeBenchArgs, model: &Path, samples: &[SpokenSample]) -> Result<()> {
    println!("{} uploads for each number of clients", args.requests);
    println!(
        "\n| server | clients | delay, median | p95 | s of speech per s | s per s of speech | cores busy | WER % | failed | MB | MB at most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let interface = ServedInterface { flag: "--openai", streams: false, mark: ADDRESS };
    compare(args, model, interface, |name, server| measure(name, args, samples, server), print_ratios, saturation)
}

/// One server with each number of clients.
fn measure(
    name: &str,
    args: &ServeBenchArgs,
    samples: &[SpokenSample],
    server: &ServerProcess,
) -> Result<Vec<CrowdRow>> {
    gather(&server.url, 1, WARM, samples)?;
    let mut rows = Vec::new();
    for clients in &args.clients {
        let clients = usize::from(*clients);
        let before = server.processor_seconds();
        let figures = gather(&server.url, clients, args.requests.max(clients), samples)?;
        let cores = (server.processor_seconds() - before) / figures.took.max(1e-9);
        let row = CrowdRow { figures, memory: server.memory(), cores };
        print_row(name, &row);
        rows.push(row);
    }
    Ok(rows)
}

fn print_row(name: &str, row: &CrowdRow) {
    let CrowdRow { figures, memory, cores } = row;
    println!(
        "| {name} | {} | {:.0} ms | {:.0} ms | {:.2} | {:.3} | {cores:.1} | {:.1} | {} | {} | {} |",
        figures.clients,
        figures.delay(0.5),
        figures.delay(0.95),
        figures.pace(),
        1.0 / figures.pace().max(1e-9),
        figures.wer(),
        figures.failed,
        memory.now,
        memory.most
    );
}

/// How many times sooner golem answers, how many times more it hears, and how many times less memory it takes.
fn print_ratios(own: &CrowdRow, peer: &CrowdRow) {
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let memory = |row: &CrowdRow| row.memory.now as f64;
    println!(
        "| golem beside it | {} | {} | {} | {} | | | {:+.1} | | {} | |",
        own.figures.clients,
        times(peer.figures.delay(0.5), own.figures.delay(0.5)),
        times(peer.figures.delay(0.95), own.figures.delay(0.95)),
        times(own.figures.pace(), peer.figures.pace()),
        own.figures.wer() - peer.figures.wer(),
        times(memory(peer), memory(own))
    );
}

/// The sentence that says with how many clients a server reaches its limit.
fn saturation(name: &str, rows: &[CrowdRow]) -> String {
    let paces: Vec<(usize, f64)> = rows.iter().map(|row| (row.figures.clients, row.figures.pace())).collect();
    match saturated(&paces) {
        Some((clients, pace)) => {
            format!("{name} has no more to give from {clients} clients on: {pace:.1} s of speech per s")
        }
        None => format!("{name} hears more with every number of clients here"),
    }
}

/// The first number of clients after which more of them are not heard [`MORE`] times faster, and its pace.
fn saturated(paces: &[(usize, f64)]) -> Option<(usize, f64)> {
    paces.windows(2).find(|pair| pair[1].1 < MORE * pair[0].1).map(|pair| pair[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_saturated_when_more_clients_are_not_heard_faster() {
        assert_eq!(saturated(&[(1, 4.0), (4, 8.0), (16, 8.2), (64, 20.0)]), Some((4, 8.0)));
        assert_eq!(saturated(&[(1, 4.0), (4, 8.0)]), None);
        assert_eq!(saturated(&[(1, 4.0)]), None);
    }
}
