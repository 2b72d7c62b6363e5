//! The hidden command alone, as the tests start it.
#![forbid(unsafe_code)]

use heaplab_sandbox::{JAIL_FAILED, jail_main};
use std::convert::Infallible;
use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let [order, dashes, program, arguments @ ..] = &arguments[..] else {
        eprintln!("usage: heaplab-jail ORDER -- PROGRAM [ARGUMENT]...");
        return ExitCode::from(2);
    };
    assert_eq!(dashes, "--");
    let order = order.to_string_lossy();
    let Err(error): Result<Infallible, _> = jail_main(&order, program, arguments);
    eprintln!("error: {error}");
    ExitCode::from(JAIL_FAILED)
}
