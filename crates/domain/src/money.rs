//! Money: whole minor units and a currency; never a float.

use serde::{Deserialize, Serialize};

/// An amount in minor units (cents, yen) of an ISO 4217 currency.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 1999 is 19.99 in EUR and 1999 in JPY.
    pub minor: i64,
    /// Three capital letters.
    pub currency: String,
}

impl Money {
    /// How many decimals a currency's amounts carry (ISO 4217): 0, 2 or 3; 2 when unknown.
    #[must_use]
    pub fn decimals(currency: &str) -> u32 {
        match currency {
            "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XAF" | "XOF" | "PYG" | "UGX" | "RWF" => 0,
            "BHD" | "JOD" | "KWD" | "OMR" | "TND" | "IQD" | "LYD" => 3,
            _ => 2,
        }
    }
}
