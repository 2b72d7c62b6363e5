//! Which files a name on the command line means.
