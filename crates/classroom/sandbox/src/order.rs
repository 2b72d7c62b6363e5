//! The data that one stage of the start passes to the next, on its command line.

use crate::entry::Entry;
use crate::error::SandboxError;
use crate::spec::Spec;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::process::Command;

/// An order to start a program in a sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) spec: Spec,
    /// How to start the next stage.
    pub(crate) entry: Entry,
    /// The process that is to wait for this one; without it this one stops.
    pub(crate) parent: u32,
    /// What a keeper has done already, if there is one.
    pub(crate) kept: Option<Own>,
    /// Whether to enter and report what holds, but start nothing.
    pub(crate) trial: bool,
}

impl Order {
    /// Returns the hidden command with this order, in an empty environment.
    pub(crate) fn command(
        &self,
        program: &OsStr,
        arguments: &[OsString],
    ) -> Result<Command, SandboxError> {
        let json = serde_json::to_string(self).map_err(SandboxError::Order)?;
        let mut command = Command::new(&self.entry.program);
        command
            .args(&self.entry.arguments)
            .arg(json)
            .arg("--")
            .arg(program)
            .args(arguments)
            .env_clear();
        Ok(command)
    }
}

/// The parts of the system that a process has to itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Own {
    pub(crate) users: bool,
    pub(crate) network: bool,
    pub(crate) processes: bool,
}
