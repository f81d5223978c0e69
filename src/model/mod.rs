//! Where models are.
