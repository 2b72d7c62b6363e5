//! The heap: calls of C as calls of the contract.
