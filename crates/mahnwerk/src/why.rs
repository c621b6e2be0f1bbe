//! The past of one debtor, as the commands show it: states, explanations, and the names that lead there.

use std::sync::Arc;

use anyhow::{Result, bail};
use domain::debtor::Debtor;
use domain::ids::StreamId;
use domain::label::TenantId;
use domain::rulebook::Rulebook;
use domain::time::{Span, Timestamp};
use replay::log::LogReader;
use replay::refold::{UpTo, refold};
use replay::rulebooks::{RulebookSource, StoredRulebooks};
use replay::why::Why;

use crate::house::House;

/// The log, for reading.
pub(crate) fn reader(house: &House) -> LogReader {
    LogReader::new(Arc::clone(&house.log))
}

/// The rulebooks that the log keeps.
pub(crate) fn rulebooks(house: &House) -> impl RulebookSource {
    StoredRulebooks::new(reader(house), compile)
}

fn compile(sources: &[u8]) -> Result<Rulebook, String> {
    let compiled = rulebook::compile_sources(sources);
    compiled.map(|compiled| compiled.rules).map_err(|problems| rulebook::Report(&problems).to_string())
}

/// A debtor by the tenant's reference, or by the 32 digits of the stream.
pub(crate) fn stream_of(house: &House, tenant: &TenantId, debtor: &str) -> StreamId {
    StreamId::from_hex(debtor).unwrap_or_else(|| house.keyring.stream_id(tenant, debtor))
}

/// Now, as the log has it: a log that was played on a virtual clock has its own. One that processes share never was.
pub(crate) async fn present(house: &House) -> Result<Timestamp> {
    let real = runtime::system::runtime().clock.now();
    if house.shared.is_some() {
        return Ok(real);
    }
    let head = reader(house).head(0).await?;
    let age = real.since(head.at);
    let live = age.0 >= 0 && age < Span::days(1);
    Ok(if live { real } else { head.at })
}

/// How a debtor of the only tenant stood at an instant; nothing known of them gives an empty state.
pub(crate) async fn state_of(house: &House, reference: &str, at: Timestamp) -> Result<Debtor> {
    let tenant = house.tenant(None)?;
    let stream = stream_of(house, &tenant, reference);
    match refold(&reader(house), stream, UpTo::Instant(at)).await {
        Ok(refolded) => Ok(refolded.debtor),
        Err(replay::ReplayError::UnknownDebtor { .. }) => Ok(Debtor::new(tenant)),
        Err(error) => Err(error.into()),
    }
}

/// Why a debtor was contacted or not.
pub(crate) async fn explain(house: &House, stream: StreamId, at: Timestamp) -> Result<Why> {
    match replay::why::why(&reader(house), &rulebooks(house), stream, at).await {
        Err(replay::ReplayError::UnknownDebtor { .. }) => {
            // Who asks about an instant before the debtor was known is told so, and not to look for a wrong key.
            let known = refold(&reader(house), stream, UpTo::Head).await.is_ok();
            let remedy = if known { "ask for a later one" } else { "check reference and tenant" };
            bail!("nothing is known of this debtor by {at}; {remedy}")
        }
        explained => Ok(explained?),
    }
}

/// The last moments of it as text, for a debtor of the only tenant.
pub(crate) async fn last_moments(
    house: &House,
    reference: &str,
    at: Timestamp,
    moments: usize,
) -> Result<String> {
    let tenant = house.tenant(None)?;
    let mut why = explain(house, stream_of(house, &tenant, reference), at).await?;
    let earlier = why.timeline.len().saturating_sub(moments);
    why.timeline.drain(..earlier);
    why.left_out = why.left_out.saturating_add(earlier);
    Ok(why.text())
}
