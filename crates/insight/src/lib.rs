//! Rates, drivers, anomalies and outcomes.
