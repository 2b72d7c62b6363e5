//! End-to-end tests of the commands, a file for each command or subject.
//!
//! `cargo test -p heaplab-tests --test commands run_facts::` runs those of one file.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod advised_options;
mod bench_programs;
mod bound_command;
mod c_faults;
mod c_heaps;
mod check_command;
mod check_diagnoses;
mod compare_command;
mod compare_libraries;
mod compare_split;
mod compare_wine;
mod cost;
mod diff_command;
mod exec_command;
mod exec_damage;
mod exec_handlers;
mod exec_limits;
mod exec_linked;
mod exec_support;
mod exec_view;
mod exec_watch;
mod explain;
mod export_simulators;
mod heap_textbook;
mod hunt;
mod installed;
mod lab_commands;
mod library_support;
mod logs_command;
mod logs_of_tracers;
mod output_streams;
mod pictures;
mod record_allocators;
mod record_bundled;
mod record_command;
mod record_ends;
mod record_programs;
mod record_support;
mod report_page;
mod run_facts;
mod run_formats;
mod run_inputs;
mod run_verdicts;
mod step_command;
mod step_screen;
mod students;
mod trace_bundled;
mod trace_command;
mod trace_folders;
mod trace_malformed;
mod waste_command;
mod waste_document;
mod worker;
