//! The Linux shell of p2pm.
