//! `token`: who else may ask a running process, as what, and for whom.

use clap::{Args, Subcommand};

use super::{Format, House};

/// What a token may be for.
const ROLES: [&str; 4] = ["upstream", "agent", "analyst", "operator"];

/// `token …`
#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token: its digits are written to standard output now, and can't be shown again.
    Add(AddToken),
    /// List the tokens: names, roles, tenants, when made and until when; never their digits.
    Ls {
        #[command(flatten)]
        house: House,
        /// How to write the list: text for people, json for programs.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Take a token away: a running process lets it in no more within a second or so.
    Revoke {
        #[command(flatten)]
        house: House,
        /// Its name, as `token ls` shows it.
        name: String,
    },
}

/// `token add`
#[derive(Args)]
#[command(after_help = "\
Roles:
  upstream  hands in facts of its tenants, and nothing else
  agent     works the call list, sees debtors in clear, holds and notes promises
  analyst   reads events and reports; sees no debtor in clear
  operator  everything, for its tenants

A caller sends the digits with each request: `Authorization: Bearer …`. The folder keeps only their SHA-256.
Example: mahnwerk token add erp --role upstream --tenant gemeinde-musterwil > erp.token")]
pub(crate) struct AddToken {
    #[command(flatten)]
    pub(crate) house: House,
    /// A short name, which the log records as the actor: a-z, 0-9, _, - and . only, a letter first.
    pub(crate) name: String,
    /// What it is for; the list is below.
    #[arg(long, value_parser = ROLES)]
    pub(crate) role: String,
    /// For which tenant; repeatable.
    #[arg(long = "tenant", value_name = "TENANT", required_unless_present = "all_tenants")]
    pub(crate) tenants: Vec<String>,
    /// For all tenants, those to come included.
    #[arg(long, conflicts_with = "tenants")]
    pub(crate) all_tenants: bool,
    /// Until when it is let in: a day such as 2027-01-01 (its beginning, UTC) or an instant; without it until revoked.
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<String>,
}
