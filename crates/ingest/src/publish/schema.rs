//! What an object that states a fact may hold, for the description of the listener: made from the kinds and fields
//! themselves, so that it names all of them and no other.

use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::mapping::object::{self, Written};

/// A fact as JSON.
pub(crate) struct Fact;

impl PartialSchema for Fact {
    fn schema() -> RefOr<Schema> {
        let description =
            "A fact: the kinds, fields and words of mapping files. Amounts are text, instants RFC 3339.";
        let facts = OneOfBuilder::new().description(Some(description));
        object::kinds().fold(facts, |facts, (kind, fields)| facts.item(of_kind(kind, &fields))).into()
    }
}

impl ToSchema for Fact {}

/// One fact, or a list of them.
pub(crate) struct Facts;

impl PartialSchema for Facts {
    fn schema() -> RefOr<Schema> {
        let fact = Ref::from_schema_name("Fact");
        OneOfBuilder::new().item(fact.clone()).item(ArrayBuilder::new().items(fact)).into()
    }
}

impl ToSchema for Facts {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Fact".to_owned(), Fact::schema()));
    }
}

fn of_kind(kind: &str, fields: &[(&str, Written, bool)]) -> Object {
    let envelope = ObjectBuilder::new()
        .title(Some(kind))
        .property("kind", ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind])))
        .property("tenant", text("Whose debtor it is; may stand in the query"))
        .property("source", text("Where it comes from; may stand in the query"))
        .property("id", text("The source's own id of it, by which it is recognised"))
        .property("at", text("When it happened; now where it is left out"))
        .required("kind")
        .required("id")
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let stated = fields.iter().fold(envelope, |fact, (name, how, _)| fact.property(*name, written(*how)));
    // Whoever states it is known, so that the actor may be left out.
    let needed = fields.iter().filter(|(name, _, must)| *must && *name != "actor");
    needed.fold(stated, |fact, (name, ..)| fact.required(*name)).build()
}

fn text(description: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).build()
}

fn written(how: Written) -> Object {
    let either = |other| SchemaType::from_iter([Type::String, other]);
    let kind = match how {
        Written::Text => SchemaType::new(Type::String),
        Written::Texts => either(Type::Array),
        Written::Whole => either(Type::Integer),
        Written::Flag => either(Type::Boolean),
    };
    ObjectBuilder::new().schema_type(kind).build()
}
