//! Reasons why a program could not be put into a sandbox.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Reason why a program could not be put into a sandbox, or not be started there.
#[derive(Debug)]
#[non_exhaustive]
pub enum SandboxError {
    /// A path of the specification can't be opened.
    Path {
        /// The path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The user that root is to become can't write where the specification allows it.
    NotWritable {
        /// The file or folder.
        path: PathBuf,
        /// The user's number.
        uid: u32,
        /// The system's error.
        source: io::Error,
    },
    /// The system refused a step.
    System {
        /// The step, as the end of a sentence that begins with "can't".
        doing: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// Landlock or seccomp does not accept the rules.
    Rules {
        /// Landlock or seccomp.
        of: &'static str,
        /// Its error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The process has threads; a restriction would only hold for one of them.
    Threads,
    /// The process that started this one has ended.
    Orphan,
    /// The hidden command's argument is not an order of this version.
    Order(serde_json::Error),
    /// The program can't be started.
    Program {
        /// The program.
        program: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A trial of the sandbox failed; this is its message.
    Trial(String),
}

impl SandboxError {
    pub(crate) fn system(doing: &'static str, source: impl Into<io::Error>) -> SandboxError {
        SandboxError::System { doing, source: source.into() }
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SandboxError::Path { path, source } => {
                write!(f, "can't open {}, which the sandbox should allow: {source}", path.display())
            }
            SandboxError::NotWritable { path, uid, source } => write!(
                f,
                "the user {uid} can't write to {}: {source}\n\
                 help: give it the folder with `chown {uid}`, and permission to enter the folders above",
                path.display()
            ),
            SandboxError::System { doing, source } => write!(f, "can't {doing}: {source}"),
            SandboxError::Rules { of, source } => {
                write!(f, "{of} does not accept the sandbox's rules: {source}")
            }
            SandboxError::Threads => f.write_str(
                "the process has more than one thread, and a sandbox would confine only one of them",
            ),
            SandboxError::Orphan => f.write_str("the process that started the sandbox has ended"),
            SandboxError::Order(source) => write!(
                f,
                "this is not an order to start a program in a sandbox: {source}\n\
                 help: other commands start this command; do not type it"
            ),
            SandboxError::Program { program, source } => write!(
                f,
                "can't start {} in the sandbox: {source}\n\
                 help: its path must be absolute, and the sandbox must allow its loader to run",
                program.display()
            ),
            SandboxError::Trial(said) => write!(f, "a trial of the sandbox failed: {said}"),
        }
    }
}

impl Error for SandboxError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            SandboxError::Path { source, .. }
            | SandboxError::NotWritable { source, .. }
            | SandboxError::System { source, .. }
            | SandboxError::Program { source, .. } => Some(source),
            SandboxError::Rules { source, .. } => Some(&**source),
            SandboxError::Order(source) => Some(source),
            SandboxError::Threads | SandboxError::Orphan | SandboxError::Trial(_) => None,
        }
    }
}
