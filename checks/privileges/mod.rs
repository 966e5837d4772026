//! Effective privileges: the grant algebra of each engine.

pub mod mysql;
pub mod postgres;
#[cfg(test)]
mod words;
