//! From an address in the compiled code to function, file, line and source text.
