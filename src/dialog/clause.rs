//! clause
