//! The interfaces of the courses: which functions a file has, and how they are called.
