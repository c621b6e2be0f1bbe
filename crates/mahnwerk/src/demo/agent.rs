//! The made-up town's call agent: takes the calls of the list, dials, and notes what people say.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use domain::ids::EscalationId;
use domain::label::Label;
use domain::outcome::Disposition;
use runtime::Runtime;
use worker_call::{CallDesk, Opening};

use crate::demo::stage::Stage;

/// Calls taken at once: an agent works a page of the list at a time.
const PAGE: u32 = 50;

/// Works until dropped.
pub(super) async fn work(desk: Arc<CallDesk>, stage: Stage, runtime: Runtime) -> Result<()> {
    let agent = Label::new("demo-agent")?;
    desk.shift(&agent, Duration::from_secs(24 * 3600)).await;
    loop {
        if desk.wait_for_tasks(Duration::from_secs(3600)).await > 0 {
            page(&desk, &agent, &stage, &runtime).await?;
        }
    }
}

async fn page(desk: &Arc<CallDesk>, agent: &Label, stage: &Stage, runtime: &Runtime) -> Result<()> {
    let leases = desk.take(agent, PAGE).await?;
    let ids: Vec<EscalationId> = leases.iter().filter_map(|lease| lease.id()).collect();
    let mut calls: Vec<(EscalationId, Disposition, Option<String>)> = Vec::new();
    for opened in desk.open_many(agent, &ids).await {
        // A struck task is no call: whoever paid or asked to stop in the meantime is not dialled.
        let Ok(Opening::Call(call)) = opened else { continue };
        let answer = stage.call(&call.number, runtime.clock.now());
        if let (Some(id), Some(disposition)) = (EscalationId::parse(&call.task), answer) {
            calls.push((id, disposition, None));
        }
    }
    for done in desk.done_many(agent, calls).await {
        done?;
    }
    Ok(())
}
