//! The standard's checks on a response, each a pure function.

mod corp;
mod cors;
mod tao;

pub use corp::{CorpInput, CorpVerdict, cross_origin_resource_policy_check};
pub(crate) use cors::cors_check_by;
pub use cors::{CorsCheckPassed, cors_check};
pub use tao::{TaoInput, navigation_tao_check, tao_check};
