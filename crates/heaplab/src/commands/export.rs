//! `heaplab export`: writes one file that grades a lab on a platform.

use super::print;
use super::progress::Terminal;
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_assess::Workspace;
use heaplab_export::Platform;
use heaplab_grader::{HiddenParts, odd_points};
use heaplab_support::files::replace_file;
use std::path::PathBuf;

/// Arguments of `heaplab export`.
#[derive(clap::Args)]
#[command(after_help = "\
The platform needs the network only to install tools that its image lacks. The README.md in the package
says what the package contains and how to upload it; docs/platforms.md says more.

Examples:
  heaplab export gradescope 1-implicit -o implicit.zip --traces hidden/
  heaplab export autolab 1-implicit -o implicit.tar --traces hidden/
  heaplab export github-classroom 1-implicit -o implicit.zip
  heaplab export gradescope cmu-classic -o malloc-in-c.zip

Exit code: 0 packed; 2 the command line, a lab or a trace is at fault.")]
pub struct Arguments {
    /// The platform
    platform: PlatformName,

    /// The lab, such as `1-implicit`, or `cmu-classic` for a lab in C
    lab: String,

    /// The file for the package
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Traces that students do not have: a file, or a folder of traces, which may also have a
    /// hidden.toml with hidden checks. An invalid trace is an error; none is left out
    #[arg(long, value_name = "FILE|DIR")]
    traces: Vec<PathBuf>,
}

/// A platform on the command line.
#[derive(Clone, Copy, ValueEnum)]
enum PlatformName {
    /// A zip for Gradescope's autograder.
    Gradescope,
    /// A tar with Autolab's two files, and an image for them.
    Autolab,
    /// A zip with a template repository for GitHub Classroom.
    GithubClassroom,
}

impl From<PlatformName> for Platform {
    fn from(name: PlatformName) -> Platform {
        match name {
            PlatformName::Gradescope => Platform::Gradescope,
            PlatformName::Autolab => Platform::Autolab,
            PlatformName::GithubClassroom => Platform::GithubClassroom,
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let workspace = Workspace::find()?;
    let lab = workspace.lab(&arguments.lab)?;
    let hidden = HiddenParts::read(&arguments.traces)?;
    for odd in odd_points(&hidden.with(lab.clone())?.lab, false) {
        print::remark(format_args!("warning: {odd}\n"));
    }
    let platform = arguments.platform.into();
    let packed = heaplab_export::pack(platform, &lab, &arguments.traces, &*Terminal::listener())?;
    let output = &arguments.output;
    replace_file(output, &packed.bytes).map_err(|error| {
        Failure::Input(format!("error: can't write {}: {error}", output.display()))
    })?;
    print::remark(format_args!(
        "wrote {}: {} files, {:.1} MB; its README.md says how to upload it\n",
        output.display(),
        packed.files,
        packed.bytes.len() as f64 / 1e6
    ));
    Ok(())
}
