//! What the driver needs of the host, where only `unsafe` code gets at it.
//!
//! | what | where |
//! |---|---|
//! | the C library's malloc, to race against | [`c_library()`] |
//! | an allocator with C's interface as a subject of replay | [`c_api`](mod@c_api) |
//! | an end to a process whose heap does not come back | [`time_limit`] |

pub mod c_api;
mod c_library;
pub mod time_limit;

pub use c_library::{C_LIBRARY_NAME, CLibrary, c_library};
