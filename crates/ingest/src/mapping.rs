//! Mapping files: how a table's rows become facts.
//!
//! A mapping is a TOML file that an operator writes. It names tenant and source, how the table is written, when each
//! row's facts happened, and one `[[fact]]` block for each fact that a row may state, with its conditions; a row may
//! state several. Fields come from columns or are constants.
//!
//! ```toml
//! tenant = "comune"
//! source = "erp"
//! separator = ";"                       # , ; tab or |; a comma if left out
//! decimal = ","                         # a point if left out
//! id = ["document", "position"]         # what a row is recognised by; its line if left out
//! instant = { column = "date", format = "%d.%m.%Y", zone = "Europe/Rome" }   # or "rfc3339", or instant = "now"
//! currency = "EUR"                      # these three hold for all blocks that do not say otherwise
//! debtor = { column = "customer" }
//! claim = { column = "invoice" }
//!
//! [[fact]]
//! kind = "claim_registered"
//! when = [{ column = "type", equals = "invoice" }]   # or in, not_in, empty, not_empty; all must hold
//! creditor = "waterworks"
//! principal = { column = "amount" }
//! due_after = "30d"                     # counted from the row's instant; or due_at = { column = "due" }
//! ```
//!
//! **Guarantees:** a mapping that loads can only fail on what rows say; every mistake is named with its line.
//! A row's facts are all made or none. What a fact is recognised by does not change when other blocks are added.
//! Left out: computing (sums, splits), facts from several rows.

mod complete;
mod condition;
mod document;
mod facts;
mod fields;
mod instant;
mod kind;
mod load;
pub(crate) mod object;
mod spec;
mod value;

use std::collections::BTreeMap;
use std::path::Path;

use contract::wire::FactMessage;
use domain::label::{Label, TenantId};
use domain::time::Timestamp;

use crate::digests::Digests;
use crate::error::IngestError;
use crate::problem::{RowProblem, Unfit};
use crate::table::{Row, Table};

use condition::Condition;
use instant::InstantFormat;
use kind::{Field, Kind};
use spec::{Cells, Columns, Entry};
use value::Decimal;

/// Largest mapping file, in bytes.
pub const MAX_MAPPING: u64 = 1024 * 1024;

/// When a row's facts happened.
#[derive(Clone, Debug)]
enum Instants {
    /// When the row is taken in.
    Now,
    /// When a column says.
    Column {
        /// Which.
        column: usize,
        /// How it is written.
        format: InstantFormat,
    },
}

/// One fact that a row may state.
#[derive(Clone, Debug)]
struct Block {
    kind: Kind,
    /// Which block of its kind it is, from 0.
    ordinal: usize,
    when: Vec<Condition>,
    fields: BTreeMap<Field, Entry>,
}

/// A mapping that was checked.
#[derive(Clone, Debug)]
pub struct Mapping {
    tenant: TenantId,
    source: Label,
    separator: u8,
    id: Vec<usize>,
    instants: Instants,
    decimal: Decimal,
    blocks: Vec<Block>,
    columns: Columns,
}

impl Mapping {
    /// Reads and checks a mapping file.
    pub fn load(file: &Path) -> Result<Self, IngestError> {
        let size = std::fs::metadata(file).map_err(|e| IngestError::unreadable(file, &e))?.len();
        let name = file.display().to_string();
        if size > MAX_MAPPING {
            let what = format!("has {size} bytes, and a mapping has at most {MAX_MAPPING}");
            return Err(IngestError::Table { file: name, what, remedy: "is this the mapping?".into() });
        }
        let text = std::fs::read_to_string(file).map_err(|e| IngestError::unreadable(file, &e))?;
        Self::parse(&name, &text)
    }

    /// Reads and checks a mapping's text; `name` is how errors call it.
    pub fn parse(name: &str, text: &str) -> Result<Self, IngestError> {
        load::read(text).map_err(|problems| IngestError::Mapping { file: name.to_owned(), problems })
    }

    /// Opens a table that has the columns that this mapping reads.
    pub fn open(&self, file: &Path) -> Result<Table, IngestError> {
        Table::open(file, self.separator, self.columns.names())
    }

    /// The tenant whose debtors the rows are about.
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Where the rows come from.
    pub const fn source(&self) -> &Label {
        &self.source
    }

    /// Whether rows have instants of their own, so that they can be played in.
    pub const fn has_instants(&self) -> bool {
        match self.instants {
            Instants::Now => false,
            Instants::Column { .. } => true,
        }
    }

    /// The byte between fields.
    pub(crate) const fn separator(&self) -> u8 {
        self.separator
    }

    /// When a row's facts happened. `places` is the table's [`Table::places`].
    pub fn instant(&self, row: &Row, places: &[usize], now: Timestamp) -> Result<Timestamp, RowProblem> {
        match &self.instants {
            Instants::Now => Ok(now),
            Instants::Column { column, format } => {
                let text = Cells { row, places }.get(*column);
                format.read(text).map_err(|unfit| self.problem(row, Some(*column), unfit))
            }
        }
    }

    /// The facts that a row states, in the order of the blocks: all or none of them. `places` is the table's
    /// [`Table::places`]; `now` counts where the mapping says `instant = "now"`.
    pub fn facts(
        &self,
        row: &Row,
        places: &[usize],
        now: Timestamp,
        digests: &dyn Digests,
    ) -> Result<Vec<FactMessage>, RowProblem> {
        let at = self.instant(row, places, now)?;
        facts::of_row(self, Cells { row, places }, at, digests)
    }

    fn problem(&self, row: &Row, column: Option<usize>, unfit: Unfit) -> RowProblem {
        let column = column.and_then(|column| self.columns.names().get(column)).cloned();
        RowProblem { row: row.line(), column, what: unfit.what, remedy: unfit.remedy }
    }
}
