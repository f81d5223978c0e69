//! The `golem` binary.

fn main() -> std::process::ExitCode {
    golem::cli::main()
}
