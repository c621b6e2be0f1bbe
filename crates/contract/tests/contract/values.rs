//! Strategies for the small values that everything is made of.

use domain::channel::{Channel, PointKind};
use domain::fact::Scope;
use domain::ids::{ClaimId, PointId, Position, RulebookHash, StreamId};
use domain::label::{Country, Label, Language};
use domain::money::{Currency, Minor};
use domain::time::Timestamp;
use domain::zone::ZoneName;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) const NAME: &str = "[a-z0-9_.-]{1,64}";

pub(crate) fn name<T: std::fmt::Debug, E: std::fmt::Debug>(
    make: fn(&str) -> Result<T, E>,
) -> impl Strategy<Value = T> {
    NAME.prop_map(move |text| make(&text).unwrap())
}

pub(crate) fn label() -> impl Strategy<Value = Label> {
    name(Label::new)
}

pub(crate) fn id<T: std::fmt::Debug>(make: fn([u8; 16]) -> T) -> impl Strategy<Value = T> {
    any::<[u8; 16]>().prop_map(make)
}

pub(crate) fn claim() -> impl Strategy<Value = ClaimId> {
    id(ClaimId::new)
}

pub(crate) fn point() -> impl Strategy<Value = PointId> {
    id(PointId::new)
}

pub(crate) fn stream() -> impl Strategy<Value = StreamId> {
    id(StreamId::new)
}

pub(crate) fn hash() -> impl Strategy<Value = RulebookHash> {
    any::<[u8; 32]>().prop_map(RulebookHash)
}

pub(crate) fn instant() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

pub(crate) fn maybe_instant() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of(instant())
}

pub(crate) fn amount() -> impl Strategy<Value = Minor> {
    any::<i64>().prop_map(Minor)
}

pub(crate) fn position() -> impl Strategy<Value = Position> {
    any::<u64>().prop_map(Position)
}

pub(crate) fn currency() -> impl Strategy<Value = Currency> {
    select(vec!["EUR", "CHF", "JPY", "KWD"]).prop_map(|code| Currency::new(code).unwrap())
}

pub(crate) fn language() -> impl Strategy<Value = Language> {
    "[a-z]{2}".prop_map(|text| Language::new(&text).unwrap())
}

pub(crate) fn country() -> impl Strategy<Value = Country> {
    "[A-Z]{2}".prop_map(|text| Country::new(&text).unwrap())
}

pub(crate) fn zones() -> impl Strategy<Value = Vec<ZoneName>> {
    proptest::collection::vec("[A-Za-z/_+-]{1,48}".prop_map(|text| ZoneName::new(&text).unwrap()), 0..=8)
}

pub(crate) fn channel() -> impl Strategy<Value = Channel> {
    select(Channel::ALL.to_vec())
}

pub(crate) fn point_kind() -> impl Strategy<Value = PointKind> {
    select(PointKind::ALL.to_vec())
}

pub(crate) fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![point().prop_map(Scope::Point), channel().prop_map(Scope::Channel), Just(Scope::All)]
}
