//! The hidden command: the start of a process that becomes the program.

use crate::enter::{enter_as_ordered, keep, needs_keeper};
use crate::error::SandboxError;
use crate::order::Order;
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// The exit code of the hidden command if the sandbox could
/// not be entered. A program may exit with it too.
pub const JAIL_FAILED: u8 = 125;

/// Runs the hidden command: restricts this process as `order` says and
/// becomes `program`. Standard input, output and error stay as they are.
///
/// Must be called by a process that has one thread. It does not return unless
/// it fails: then print the error and exit with [`JAIL_FAILED`].
///
/// # Errors
/// If a restriction that this system has can't be applied, or the program can't
/// be started.
pub fn jail_main(
    order: &str,
    program: &OsStr,
    arguments: &[OsString],
) -> Result<Infallible, SandboxError> {
    let mut order: Order = serde_json::from_str(order).map_err(SandboxError::Order)?;
    if order.kept.is_none() && needs_keeper(&order.spec) {
        return keep(order, program, arguments);
    }
    if !order.trial {
        order.spec.executable.push(PathBuf::from(program));
    }
    let support = enter_as_ordered(&order)?;
    if order.trial {
        let json = serde_json::to_string(&support).map_err(SandboxError::Order)?;
        writeln!(io::stdout(), "{json}")
            .map_err(|error| SandboxError::system("report what the sandbox enforces", error))?;
        process::exit(0);
    }
    let folder = order.spec.working_folder.as_deref();
    let source = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(&order.spec.environment)
        .current_dir(folder.unwrap_or(Path::new("/")))
        .exec();
    Err(SandboxError::Program { program: PathBuf::from(program), source })
}
