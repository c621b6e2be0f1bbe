//! Channels within one process.
