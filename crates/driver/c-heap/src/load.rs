//! The loaded object, with the variables that it starts with.
