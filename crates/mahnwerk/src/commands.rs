//! The words of the command line, each in a file of its own.

pub(crate) mod act;
pub(crate) mod calls;
pub(crate) mod config;
pub(crate) mod debtor;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod loopback;
pub(crate) mod migrate;
pub(crate) mod pause;
pub(crate) mod publish;
pub(crate) mod recover;
pub(crate) mod replay;
pub(crate) mod role;
pub(crate) mod rulebook;
pub(crate) mod run;
pub(crate) mod token;
pub(crate) mod verify;
pub(crate) mod waiting;
