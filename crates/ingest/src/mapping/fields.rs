//! The fields of one block, read from one row.

use std::borrow::Cow;

use domain::label::{Label, TenantId};
use domain::money::{Currency, Minor};
use domain::time::Timestamp;

use super::instant::{self, InstantFormat};
use super::kind::Field;
use super::spec::Cells;
use super::value;
use super::{Block, Mapping};
use crate::digests::Digests;
use crate::problem::{RowProblem, Unfit};

/// One block's view of one row.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// The mapping.
    pub(super) mapping: &'a Mapping,
    /// The block.
    pub(super) block: &'a Block,
    /// The row.
    pub(super) cells: Cells<'a>,
    /// When the row's facts happened.
    pub(super) at: Timestamp,
    /// Makes digests of references.
    pub(super) digests: &'a dyn Digests,
}

impl<'a> Fields<'a> {
    /// The tenant.
    pub(super) const fn tenant(&self) -> &'a TenantId {
        &self.mapping.tenant
    }

    /// A field that may be empty or not be stated.
    pub(super) fn may<T>(
        &self,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<Option<T>, RowProblem> {
        match self.text(field)? {
            Some(text) => read(&text).map(Some).map_err(|unfit| self.problem(field, unfit)),
            None => Ok(None),
        }
    }

    /// A field that has to hold something.
    pub(super) fn must<T>(
        &self,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<T, RowProblem> {
        self.may(field, read)?.ok_or_else(|| {
            let kind = self.block.kind.as_str();
            let what = format!("is empty, and a {kind} needs its {}", field.as_str());
            let remedy = "fill it in, or leave such rows out with when = { column = …, not_empty = true }";
            self.problem(field, Unfit::new(what, remedy))
        })
    }

    /// A reference's digest.
    pub(super) fn digest<T>(
        &self,
        field: Field,
        make: impl FnOnce(&'a dyn Digests, &'a TenantId, &str) -> T,
    ) -> Result<T, RowProblem> {
        self.must(field, |text| value::reference(text).map(|text| make(self.digests, self.tenant(), &text)))
    }

    /// The currency.
    pub(super) fn currency(&self) -> Result<Currency, RowProblem> {
        self.must(Field::Currency, value::currency)
    }

    /// An amount.
    pub(super) fn amount(&self, field: Field) -> Result<Minor, RowProblem> {
        let currency = self.currency()?;
        self.must(field, |text| value::amount(currency, self.mapping.decimal, text))
    }

    /// An amount that is nothing where it is not stated.
    pub(super) fn amount_or_nothing(&self, field: Field) -> Result<Minor, RowProblem> {
        let currency = self.currency()?;
        let stated = self.may(field, |text| value::amount(currency, self.mapping.decimal, text));
        Ok(stated?.unwrap_or(Minor::ZERO))
    }

    /// An instant that may not be stated.
    pub(super) fn instant(&self, field: Field) -> Result<Option<Timestamp>, RowProblem> {
        let format = self.block.fields.get(&field).and_then(|entry| entry.format.as_ref());
        self.may(field, |text| format.unwrap_or(&InstantFormat::Rfc3339).read(text))
    }

    /// An instant, or one that lies a span after the row's.
    pub(super) fn instant_or_after(
        &self,
        field: Field,
        after: Field,
    ) -> Result<Option<Timestamp>, RowProblem> {
        match self.instant(field)? {
            Some(at) => Ok(Some(at)),
            None => self.may(after, |text| instant::later(self.at, instant::span(text)?)),
        }
    }

    /// The same, but one of them has to be there.
    pub(super) fn due(&self) -> Result<Timestamp, RowProblem> {
        match self.instant_or_after(Field::DueAt, Field::DueAfter)? {
            Some(at) => Ok(at),
            None => self.must(Field::DueAt, |_| Err(Unfit::new("is empty", "fill it in"))),
        }
    }

    /// Who says so: the field, or the mapping's source.
    pub(super) fn source(&self) -> Result<Label, RowProblem> {
        Ok(self.may(Field::Source, value::label)?.unwrap_or_else(|| self.mapping.source.clone()))
    }

    /// A problem with a field.
    pub(super) fn problem(&self, field: Field, unfit: Unfit) -> RowProblem {
        let column = self.block.fields.get(&field).and_then(|entry| entry.spec.column());
        let unfit = match column {
            Some(_) => unfit,
            None => Unfit::new(format!("its `{}` {}", field.as_str(), unfit.what), unfit.remedy),
        };
        self.mapping.problem(self.cells.row, column, unfit)
    }

    fn text(&self, field: Field) -> Result<Option<Cow<'a, str>>, RowProblem> {
        let Some(entry) = self.block.fields.get(&field) else { return Ok(None) };
        entry.spec.text(self.cells).map_err(|_| {
            let what = format!("holds a value that the map of `{}` does not name", field.as_str());
            self.problem(field, Unfit::new(what, "add it to the map, or leave such rows out with `when`"))
        })
    }
}
