//! A lab's folder: its definition, its reference, its starter.

use super::workspace::{Workspace, cannot_read};
use crate::Failure;
use heaplab_lab::{Lab, starter};
use heaplab_trace::Visible;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A lab as it lies in the workspace.
pub(crate) struct LabFolder {
    workspace: Workspace,
    folder: PathBuf,
    /// What it is.
    pub(crate) lab: Lab,
    /// The text of its `lab.toml`.
    pub(crate) text: String,
}

impl LabFolder {
    /// Reads the lab in a folder; it is called what the folder is called.
    pub(super) fn read(workspace: &Workspace, folder: PathBuf) -> Result<LabFolder, Failure> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let path = folder.join("lab.toml");
        let text = fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error))?;
        let lab = Lab::parse(&text)
            .map_err(|error| Failure::Input(format!("error: {}: {error}", path.visible())))?;
        if lab.name != name {
            return Err(Failure::Input(format!(
                "error: {}: it calls itself `{}`, and its folder is `{name}`",
                path.visible(),
                lab.name
            )));
        }
        Ok(LabFolder {
            workspace: workspace.clone(),
            folder,
            lab,
            text,
        })
    }

    /// The workspace it lies in.
    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// The file that students write, from the workspace's folder.
    pub(crate) fn shown_source(&self) -> String {
        format!("labs/{}/src/lib.rs", self.lab.name)
    }

    /// A folder for what can be made again: saved traces, a student's way.
    pub(crate) fn scratch(&self) -> PathBuf {
        let target = self.workspace.root().join("target/heaplab");
        target.join(&self.lab.name)
    }

    /// The file that students write.
    pub(crate) fn source_path(&self) -> PathBuf {
        self.folder.join("src/lib.rs")
    }

    /// The starter with the first `filled` holes filled in, formatted.
    ///
    /// # Errors
    /// If the reference does not have what the lab says, or there is no rustfmt.
    pub(crate) fn starter(&self, filled: usize) -> Result<String, Failure> {
        let bundle = self.bundle_of(&self.lab.reference)?;
        let text = starter(&bundle, &self.lab, filled).map_err(|error| self.error(error))?;
        format(&text)
    }

    /// A source that earns full marks, formatted.
    ///
    /// # Errors
    /// As for [`starter`](LabFolder::starter).
    pub(crate) fn solution(&self) -> Result<String, Failure> {
        match &self.lab.solution {
            Some(name) => format(&self.bundle_of(name)?),
            None => self.starter(self.lab.holes.len()),
        }
    }

    fn bundle_of(&self, reference: &str) -> Result<String, Failure> {
        let reference = self.workspace.reference(reference)?;
        reference
            .bundle(&self.lab)
            .map_err(|error| self.error(error))
    }

    fn error(&self, error: impl std::fmt::Display) -> Failure {
        Failure::Input(format!("error: lab {}: {error}", self.lab.name))
    }
}

/// The text as rustfmt has it.
fn format(text: &str) -> Result<String, Failure> {
    let help = "help: `rustup component add rustfmt` installs it";
    let cannot = |error| Failure::Input(format!("error: can't run rustfmt: {error}\n{help}"));
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    // It reads all of its input before it writes: no pipe can fill up meanwhile.
    if let Some(mut input) = rustfmt.stdin.take() {
        input.write_all(text.as_bytes()).map_err(cannot)?;
    }
    let output = rustfmt.wait_with_output().map_err(cannot)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::Input(format!(
            "error: rustfmt: {}",
            said.trim_end()
        )));
    }
    String::from_utf8(output.stdout).map_err(Failure::input)
}
