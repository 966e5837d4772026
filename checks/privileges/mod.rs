//! Effective privileges: the grant algebra of each engine.
