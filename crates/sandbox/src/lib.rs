#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod fault;
mod hash;
mod http;
mod render;
pub mod rules;
mod sandbox;
mod settings;
mod state;
mod truth;
mod value;
mod view;
mod world;

pub use fault::{Encoding, Fault, FaultAction, FaultDate, Operation};
pub use http::DECOY_PASSCODE;
pub use sandbox::Sandbox;
pub use settings::{
    ALL_SCOPES, ActionTimestamp, AfterDelete, ClockMode, DateOffset, DeletedInMessages, Duplicates,
    EditText, EditedItems, ExpiredAnswer, LastSent, ListedWhen, ListingOrder, ModificationsOn,
    OddIds, OddTimes, Order, PageFill, PageTokenLife, PageTokens, Plan, QueryAllModifications,
    RateHeaders, SessionIdField, Settings, SettingsError, TokenParams,
};
pub use state::stats::{ReportRequest, Stats};
pub use truth::{TruthEntry, TruthKind};
