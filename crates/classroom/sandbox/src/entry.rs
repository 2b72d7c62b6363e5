//! The hidden command: how a process that will be the program begins.

use crate::enter::{enter_as_ordered, keep, needs_keeper};
use crate::error::SandboxError;
use crate::order::Order;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// The exit code of the hidden command when the sandbox could not be entered.
/// A program may exit with it too.
pub const JAIL_FAILED: u8 = 125;

/// How the hidden command is started: a program that calls [`jail_main`] when it
/// is given these arguments, an order, `--`, and a program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The program's path.
    pub program: PathBuf,
    /// Its first arguments.
    pub arguments: Vec<String>,
}

impl Entry {
    /// This very program, with the name of its hidden command.
    ///
    /// # Errors
    /// If the system does not say which program this is.
    pub fn this_program(hidden_command: &str) -> io::Result<Entry> {
        Ok(Entry {
            program: env::current_exe()?,
            arguments: vec![hidden_command.to_owned()],
        })
    }

    /// The hidden command with an order, in an empty environment.
    pub(crate) fn command(
        order: &Order,
        program: &OsStr,
        arguments: &[OsString],
    ) -> Result<Command, SandboxError> {
        let json = serde_json::to_string(order).map_err(SandboxError::Order)?;
        let mut command = Command::new(&order.entry.program);
        command
            .args(&order.entry.arguments)
            .arg(json)
            .arg("--")
            .arg(program)
            .args(arguments)
            .env_clear();
        Ok(command)
    }
}

/// The hidden command: restricts this process as `order` says and becomes
/// `program`. Standard input, output and error stay as they are.
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
            .map_err(|error| SandboxError::system("tell what holds", error))?;
        process::exit(0);
    }
    let folder = order.spec.working_folder.as_deref();
    let source = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(&order.spec.environment)
        .current_dir(folder.unwrap_or(Path::new("/")))
        .exec();
    Err(SandboxError::Program {
        program: PathBuf::from(program),
        source,
    })
}
