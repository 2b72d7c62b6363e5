//! `heaplab completions`: prints a script that completes command lines in a shell.

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
pub fn run(arguments: &Arguments, cli: &clap::Command) -> Outcome {
    // Hidden commands are for this program's own use, and would be completed too.
    let commands = cli.get_subcommands().filter(|one| !one.is_hide_set());
    let mut shown = clap::Command::new("heaplab")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommands(commands.cloned());
    let mut script = Vec::new();
    generate(arguments.shell, &mut shown, "heaplab", &mut script);
    print::bytes(&script)
}
