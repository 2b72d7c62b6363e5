//! How a command ends: 0 success, 1 the heap under test is at fault, 2 the command or its input is
//! at fault.

use std::fmt::Display;
use std::process::ExitCode;

/// What every command returns.
pub type Outcome = Result<(), Failure>;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The heap under test is at fault, and the report already says how.
    Heap,
    /// The command line or an input is at fault; contains the message for the user. Exit code 2.
    Input(String),
    /// A sandbox could not be entered. Exit code 125, which tells the program that started the
    /// command.
    #[cfg(feature = "grading")]
    Jail(String),
}

impl From<heaplab_support::Error> for Failure {
    fn from(error: heaplab_support::Error) -> Failure {
        Failure::input(error)
    }
}

impl Failure {
    /// Returns an input error from a value that can be displayed.
    pub fn input(message: impl Display) -> Self {
        Failure::Input(message.to_string())
    }

    /// Returns the text that was not printed yet, and the exit code.
    pub fn told(self) -> (String, ExitCode) {
        match self {
            Failure::Heap => (String::new(), ExitCode::from(1)),
            Failure::Input(message) => (format!("{message}\n"), ExitCode::from(2)),
            #[cfg(feature = "grading")]
            Failure::Jail(message) => {
                let code = ExitCode::from(heaplab_sandbox::JAIL_FAILED);
                (format!("error: {message}\n"), code)
            }
        }
    }
}
