//! What operators tell a partition's owner, and the answers.

use crate::error::DecodeError;
use crate::field::{Field, record, required};
use crate::generated::mahnwerk::command::v1::{self as wire, CommandResult, command};
use crate::wire::{Command, CommandAnswer, Order, Reach};
use domain::ids::InputId;

record! {
    Reach = wire::Reach, at most super::MAX_BATCH;
    tenant = tenant, channel = channel
}

impl Field<wire::Command> for Command {
    fn write(&self) -> wire::Command {
        let order = match &self.order {
            Order::Pause { reach, reason } => {
                command::Command::Pause(wire::Pause { reach: reach.write(), reason: reason.write() })
            }
            Order::Resume { reach } => command::Command::Resume(wire::Resume { reach: reach.write() }),
            Order::Retry(input) => command::Command::Retry(input.write()),
            Order::Drop { input, reason } => {
                command::Command::Drop(wire::Drop { input: input.write(), reason: reason.write() })
            }
        };
        wire::Command { actor: self.actor.write(), command: Some(order) }
    }

    fn read(_: &'static str, wire: wire::Command) -> Result<Self, DecodeError> {
        let order = match required("Command.command", wire.command)? {
            command::Command::Pause(pause) => Order::Pause {
                reach: Field::read("Pause.reach", pause.reach)?,
                reason: Field::read("Pause.reason", pause.reason)?,
            },
            command::Command::Resume(resume) => {
                Order::Resume { reach: Field::read("Resume.reach", resume.reach)? }
            }
            command::Command::Retry(input) => {
                Order::Retry(<InputId as Field<_>>::read("Command.retry", input)?)
            }
            command::Command::Drop(drop) => Order::Drop {
                input: Field::read("Drop.input", drop.input)?,
                reason: Field::read("Drop.reason", drop.reason)?,
            },
        };
        Ok(Self { actor: Field::read("Command.actor", wire.actor)?, order })
    }
}

impl Field<wire::CommandAnswer> for CommandAnswer {
    fn write(&self) -> wire::CommandAnswer {
        let of = |result: CommandResult| wire::CommandAnswer { result: result as i32, receipt: None };
        match self {
            Self::Done => of(CommandResult::Done),
            Self::NothingToDo => of(CommandResult::NothingToDo),
            Self::UnknownInput => of(CommandResult::UnknownInput),
            Self::Tried(receipt) => {
                wire::CommandAnswer { receipt: Some(receipt.write()), ..of(CommandResult::Tried) }
            }
        }
    }

    fn read(_: &'static str, wire: wire::CommandAnswer) -> Result<Self, DecodeError> {
        match CommandResult::try_from(wire.result) {
            Ok(CommandResult::Done) => Ok(Self::Done),
            Ok(CommandResult::NothingToDo) => Ok(Self::NothingToDo),
            Ok(CommandResult::UnknownInput) => Ok(Self::UnknownInput),
            Ok(CommandResult::Tried) => {
                let receipt = required("CommandAnswer.receipt", wire.receipt)?;
                Field::read("CommandAnswer.receipt", receipt).map(Self::Tried)
            }
            Ok(CommandResult::Unspecified) | Err(_) => Err(DecodeError::Wrong {
                field: "CommandAnswer.result",
                wrong: format!("is {}", wire.result),
                right: "1 (done) to 4 (tried)",
            }),
        }
    }
}
