//! An object's members as they stand in its JSON: in order, each once, scalars and lists of texts.

use core::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::mapping::object::{Member, Said};
use crate::problem::Unfit;

/// Most members of one object.
pub const MAX_MEMBERS: usize = 64;
/// Most texts of one list.
const MAX_TEXTS: usize = 64;

/// An object that may state a fact. No `Debug`: what it says may be personal.
pub struct Object(Result<Vec<Member>, Unfit>);

impl Object {
    /// An object of these members, all of them texts.
    pub fn of_texts<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let member = |(name, text): (&str, String)| Member { name: name.to_owned(), said: Said::Text(text) };
        Self(Ok(members.into_iter().map(member).collect()))
    }

    /// An object of these fields, each with the texts that it has: one is a text, several are a list.
    pub(crate) fn of_fields(fields: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let member = |(name, mut texts): (String, Vec<String>)| {
            let alone = if texts.len() == 1 { texts.pop() } else { None };
            Member { name, said: alone.map_or(Said::Texts(texts), Said::Text) }
        };
        Self(Ok(fields.into_iter().map(member).collect()))
    }

    /// The same, with this member, unless it has one of the name.
    #[must_use]
    pub(crate) fn with_absent(mut self, name: &str, text: Option<String>) -> Self {
        if let (Ok(members), Some(text)) = (&mut self.0, text)
            && members.iter().all(|member| member.name != name)
        {
            members.push(Member { name: name.to_owned(), said: Said::Text(text) });
        }
        self
    }

    /// The same, if this member says this and nothing else; an object that is none says nothing.
    pub(crate) fn saying(self, name: &str, text: &str) -> Option<Self> {
        let is_so = |member: &Member| matches!(&member.said, Said::Text(said) if said == text);
        let fits = self
            .0
            .as_ref()
            .map_or(true, |members| members.iter().filter(|member| member.name == name).all(is_so));
        fits.then_some(self)
    }

    /// Its members, or why there are none.
    pub(super) fn members(&self) -> Result<&[Member], &Unfit> {
        self.0.as_deref()
    }

    /// The source's own id of the fact.
    pub(super) fn id(&self) -> Option<String> {
        let members = self.0.as_ref().ok()?;
        let said = members.iter().find(|member| member.name == "id").map(|member| &member.said);
        match said {
            Some(Said::Text(text) | Said::Whole(text)) => Some(text.clone()),
            Some(Said::Texts(_) | Said::Flag(_) | Said::Nothing | Said::Other) | None => None,
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    /// Fails on what is no JSON alone; JSON of another shape is an object that says what is wrong with it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor)
    }
}

struct ObjectVisitor;

fn no_object() -> Object {
    Object(Err(Unfit::new("is no JSON object", "write {\"kind\": \"payment_received\", …}")))
}

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let said = map.next_value::<Value>()?.0;
            if members.len() == MAX_MEMBERS {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                let unfit = Unfit::new("has too many members", format!("state at most {MAX_MEMBERS}"));
                return Ok(Object(Err(unfit)));
            }
            members.push(Member { name, said });
        }
        Ok(Object(Ok(members)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Object, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(no_object())
    }

    fn visit_str<E>(self, _: &str) -> Result<Object, E> {
        Ok(no_object())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Object, E> {
        Ok(no_object())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Object, E> {
        Ok(no_object())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Object, E> {
        Ok(no_object())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Object, E> {
        Ok(no_object())
    }

    fn visit_unit<E>(self) -> Result<Object, E> {
        Ok(no_object())
    }
}

/// What one member says.
struct Value(Said);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value(Said::Text(text.to_owned())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value(Said::Flag(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value(Said::Whole(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value(Said::Whole(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value(Said::Other))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value(Said::Nothing))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value(Said::Other))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut texts = Vec::new();
        let mut fits = true;
        while let Some(Value(said)) = list.next_element::<Value>()? {
            match said {
                Said::Text(text) if texts.len() < MAX_TEXTS => texts.push(text),
                Said::Text(_)
                | Said::Texts(_)
                | Said::Whole(_)
                | Said::Flag(_)
                | Said::Nothing
                | Said::Other => {
                    fits = false;
                }
            }
        }
        Ok(Value(if fits { Said::Texts(texts) } else { Said::Other }))
    }
}
