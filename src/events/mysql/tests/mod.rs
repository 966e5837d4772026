//! The rules, case by case. What was captured from a real engine is tested against real servers.

mod delivery;
mod types;
