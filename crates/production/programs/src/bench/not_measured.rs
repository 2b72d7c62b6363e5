//! Why nothing was measured.

use heaplab_support::Error;

/// Why nothing was measured.
#[derive(Debug)]
pub enum NotMeasured {
    /// The command line, an input or the host is at fault.
    Input(Error),
    /// A library that was given as a malloc is at fault.
    Malloc(Error),
}

impl From<Error> for NotMeasured {
    fn from(error: Error) -> NotMeasured {
        NotMeasured::Input(error)
    }
}
