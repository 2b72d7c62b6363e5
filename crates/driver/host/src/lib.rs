//! What the driver needs of the host, where only `unsafe` code gets at it.
//!
//! | what | where |
//! |---|---|
//! | the C library's malloc, to race against | [`c_library()`], [`c_library_kept()`] |
//! | an allocator with C's interface as a subject of replay | [`c_api`](mod@c_api) |
//! | an end to a process whose heap does not come back | [`time_limit`] |

pub mod c_api;
mod c_library;
mod own_process;
pub mod time_limit;

pub use c_library::{
    C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME, CAN_KEEP, CLibrary, c_library, c_library_kept, keep_memory,
};
