//! `heaplab completions`: what completes command lines in a shell.

use super::print;
use crate::Outcome;
use clap_complete::{Shell, generate};

/// Arguments of `heaplab completions`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  source <(heaplab completions bash)
  heaplab completions zsh > ~/.zfunc/_heaplab
  heaplab completions fish > ~/.config/fish/completions/heaplab.fish")]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints the script for the shell.
pub fn run(arguments: &Arguments, mut cli: clap::Command) -> Outcome {
    let name = cli.get_name().to_owned();
    let mut script = Vec::new();
    generate(arguments.shell, &mut cli, name, &mut script);
    print::bytes(&script)
}
