//! `heaplab man`: writes the man pages, generated from `--help`.

use crate::{Failure, Outcome};
use heaplab_trace::Visible;
use std::fs;
use std::path::PathBuf;

/// Arguments of `heaplab man`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder for the pages
    folder: PathBuf,
}

/// Writes a page for the command, and one for each subcommand.
pub fn run(arguments: &Arguments, cli: clap::Command) -> Outcome {
    let folder = &arguments.folder;
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(cli, folder));
    written.map_err(|error| {
        let folder = folder.visible();
        Failure::Input(format!("error: can't write the man pages in {folder}: {error}"))
    })
}
