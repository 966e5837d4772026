//! Effective privileges: the grant algebra of each engine.

pub mod mysql;
