//! What an object that states a fact may hold, for the description of the listener: made from the kinds and fields
//! themselves, so that it names all of them and no other.

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::mapping::object;

/// A fact as JSON.
pub(crate) struct Fact;

impl PartialSchema for Fact {
    fn schema() -> RefOr<Schema> {
        let text = |description: &str| {
            ObjectBuilder::new().schema_type(Type::String).description(Some(description.to_owned())).build()
        };
        let kinds = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Which kind of fact; each has fields of its own"))
            .enum_values(Some(object::kinds()));
        let fact = ObjectBuilder::new()
            .description(Some(
                "A fact: the kinds, fields and words of mapping files. Amounts are text. What is wrong is answered by \
                 its member.",
            ))
            .property("kind", kinds)
            .property("tenant", text("Whose debtor it is"))
            .property("source", text("Where it comes from"))
            .property("id", text("The source's own id of it, by which it is recognised"))
            .property("at", text("When it happened, RFC 3339; now where it is left out"))
            .required("kind")
            .required("id");
        let fields = object::fields().filter(|field| *field != "source");
        fields.fold(fact, |fact, field| fact.property(field, ObjectBuilder::new().build())).into()
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
