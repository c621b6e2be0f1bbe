//! How a value of the domain stands in a field of the wire, both ways, and the tables that join the two.
//!
//! Counts are bounded here more loosely than in the domain: what breaks a rule of the domain is to get the domain's
//! refusal, which says more; only what no sender of ours writes is an error of decoding.

use prost::Message;

use crate::error::DecodeError;

mod scalar;

/// Most entries of a list whose entries set no other limit.
pub(crate) const MAX_ENTRIES: usize = 10_000;

/// A value that stands in a field of type `W`.
pub(crate) trait Field<W>: Sized {
    /// Most of them that are read from one list.
    const MOST: usize = MAX_ENTRIES;

    /// To the wire.
    fn write(&self) -> W;

    /// From the wire; `field` is message and field, for the error.
    fn read(field: &'static str, wire: W) -> Result<Self, DecodeError>;
}

impl<W, T: Field<W>> Field<Vec<W>> for Vec<T> {
    fn write(&self) -> Vec<W> {
        self.iter().map(Field::write).collect()
    }

    fn read(field: &'static str, wire: Vec<W>) -> Result<Self, DecodeError> {
        match wire.len() {
            found if found > T::MOST => Err(DecodeError::TooMany { field, found, limit: T::MOST }),
            _ => wire.into_iter().map(|entry| T::read(field, entry)).collect(),
        }
    }
}

/// Reads a whole message.
pub(crate) fn message<M: Message + Default>(name: &'static str, bytes: &[u8]) -> Result<M, DecodeError> {
    M::decode(bytes).map_err(|error| DecodeError::Malformed { message: name, detail: error.to_string() })
}

/// A value that has to be there.
pub(crate) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, DecodeError> {
    value.ok_or(DecodeError::Missing { field, right: "set" })
}

/// Joins a struct and its message: as a field, as a field that has to be set, and as one that may be missing.
macro_rules! record {
    ($ours:ident = $package:ident::$wire:ident, at most $most:expr; $($theirs:ident = $our:ident),+ $(,)?) => {
        impl Field<$package::$wire> for $ours {
            const MOST: usize = $most;

            fn write(&self) -> $package::$wire {
                $package::$wire { $($theirs: Field::write(&self.$our)),+ }
            }

            fn read(_: &'static str, wire: $package::$wire) -> Result<Self, DecodeError> {
                Ok(Self {
                    $($our: Field::read(concat!(stringify!($wire), ".", stringify!($theirs)), wire.$theirs)?),+
                })
            }
        }

        $crate::field::nested!($ours = $package::$wire);
    };
}

/// Makes of a field that is a message one that has to be set, and one that may be missing.
macro_rules! nested {
    ($ours:ty = $wire:ty) => {
        impl Field<Option<$wire>> for $ours {
            fn write(&self) -> Option<$wire> {
                Some(Field::write(self))
            }

            fn read(field: &'static str, wire: Option<$wire>) -> Result<Self, DecodeError> {
                Field::read(field, $crate::field::required(field, wire)?)
            }
        }

        impl Field<Option<$wire>> for Option<$ours> {
            fn write(&self) -> Option<$wire> {
                self.as_ref().map(Field::write)
            }

            fn read(field: &'static str, wire: Option<$wire>) -> Result<Self, DecodeError> {
                wire.map(|wire| Field::read(field, wire)).transpose()
            }
        }
    };
}

pub(crate) use {nested, record};
