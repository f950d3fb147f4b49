//! Cases: what people look at.
use domain::EntityRef;
use serde_json::Value;

use super::Problem;
use crate::app::App;

pub(super) async fn about(_: &App, _: &str, _: &EntityRef) -> Result<Vec<Value>, Problem> {
    Ok(Vec::new())
}

pub(super) async fn open(_: &App, _: Option<String>) -> Result<u64, Problem> {
    Ok(0)
}
