//! What the driver needs from the host and can reach only with `unsafe` code.
//!
//! | what | where |
//! |---|---|
//! | the C library's malloc, to compare with | [`c_library()`], [`c_library_kept()`] |
//! | an allocator with C's interface as a subject of replay | [`c_api`](mod@c_api) |
//! | a time limit for a heap that does not return | [`time_limit`] |
//! | the functions that such a heap runs | [`RunningThread`] |

pub mod c_api;
mod c_library;
mod interrupt;
mod own_process;
pub mod time_limit;

pub use c_library::{
    C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME, CAN_KEEP, CLibrary, c_library, c_library_kept, keep_memory,
};
pub use interrupt::RunningThread;
pub use own_process::is_possible as own_process_is_possible;
