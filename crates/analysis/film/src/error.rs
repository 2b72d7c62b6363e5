//! Why there is no film, or why it ends.

use crate::player::{Diverged, Halt, NotBuilt};
use crate::step::Failure;
use std::fmt;

/// Why there is no film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilmError {
    /// The empty heap could not be set up.
    NotBuilt(Failure),
    /// The host gave no address space for a machine.
    NoMachine(String),
    /// The heap gave another answer to this operation than when the film was recorded.
    NotRepeated {
        /// The operation, from 0.
        op_index: usize,
    },
    /// The film has fewer steps.
    NoSuchStep {
        /// The step that was asked for, from 0.
        step: usize,
        /// How many there are.
        len: usize,
    },
}

impl fmt::Display for FilmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilmError::NotBuilt(failure) => {
                write!(f, "the empty heap can't be set up: {}", failure.message)
            }
            FilmError::NoMachine(error) => f.write_str(error),
            FilmError::NotRepeated { op_index } => write!(
                f,
                "the heap gave another answer to operation {op_index} when it was repeated on a \
                 machine with the same memory: does it keep data outside the simulated heap?"
            ),
            FilmError::NoSuchStep { step, len } => {
                write!(f, "there is no step {step}: the film has {len} steps, counted from 0")
            }
        }
    }
}

impl std::error::Error for FilmError {}

impl From<Diverged> for FilmError {
    fn from(diverged: Diverged) -> FilmError {
        FilmError::NotRepeated { op_index: diverged.op_index }
    }
}

impl From<NotBuilt> for FilmError {
    fn from(not_built: NotBuilt) -> FilmError {
        match not_built {
            NotBuilt::NoMachine(error) => FilmError::NoMachine(error.to_string()),
            NotBuilt::NoRoom => FilmError::NotBuilt(Failure {
                code: "not-built".to_owned(),
                message: "sbrk was refused".to_owned(),
            }),
            NotBuilt::Halted(halt) => FilmError::NotBuilt(Failure::from(&halt)),
        }
    }
}

impl From<&Halt> for Failure {
    fn from(halt: &Halt) -> Failure {
        let (code, message) = match halt {
            Halt::Refused(error) => ("refused", format!("the call was refused: {error}")),
            Halt::Panicked(message) => ("panic", format!("the heap panicked: {message}")),
            Halt::EndlessLoop => {
                ("endless-loop", "the call makes loads and stores without end".to_owned())
            }
        };
        Failure { code: code.to_owned(), message }
    }
}
