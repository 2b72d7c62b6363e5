//! Reasons why a starter can't be made.

use crate::anchor::AnchorError;
use std::fmt;

/// Reason why a starter can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StarterError {
    /// The reference's markers do not pair up.
    Anchors(AnchorError),
    /// A file of the reference has no tokens.
    NoRust {
        /// The file.
        file: String,
        /// What is wrong with it.
        error: String,
    },
    /// The reference has no `lib.rs`.
    NoRoot,
    /// The contract has no section with this function.
    NotInContract(String),
    /// The root does not say that it leaves this function to the contract.
    NotLeftToContract(String),
    /// A name of `shown` is not that of a function, item or file of the reference.
    NotThere(String),
    /// A hole names a section that the reference does not have.
    NoSection {
        /// The hole.
        hole: String,
        /// The section.
        anchor: String,
    },
    /// A hole's section shares lines with another's.
    Overlap {
        /// The section.
        anchor: String,
    },
}

impl fmt::Display for StarterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StarterError::Anchors(error) => error.fmt(f),
            StarterError::NoRust { file, error } => write!(f, "the reference's {file}: {error}"),
            StarterError::NoRoot => f.write_str("the reference has no lib.rs"),
            StarterError::NotInContract(name) => {
                write!(f, "the contract has no section `{name}`")
            }
            StarterError::NotLeftToContract(name) => write!(
                f,
                "the reference's lib.rs has no line \"// `{name}` is the contract's default\""
            ),
            StarterError::NotThere(name) => {
                write!(f, "`shown` names `{name}`, which the reference does not have")
            }
            StarterError::NoSection { hole, anchor } => {
                write!(f, "hole `{hole}`: the reference has no section `{anchor}`")
            }
            StarterError::Overlap { anchor } => {
                write!(f, "the section `{anchor}` shares lines with another hole's")
            }
        }
    }
}

impl std::error::Error for StarterError {}
