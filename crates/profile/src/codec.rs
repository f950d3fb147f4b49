//! The compact binary form of records: variable-length integers, bounded on the way in.

/// A hundredth of a whole in millionths.
const HUNDREDTH: i128 = 10_000;

/// Why stored bytes were refused. Nothing of the record is kept then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("the record ends too early")]
    Short,
    /// A version this program does not know.
    #[error("the record has version {0}, which this program does not read")]
    Version(u8),
    /// A length, an order or a mark that no writer makes.
    #[error("the record is malformed: {0}")]
    Malformed(&'static str),
}

/// Appends to a record.
#[derive(Default)]
pub(crate) struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub fn word(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)) as u64);
    }

    pub fn wide(&mut self, value: i128) {
        let mut rest = ((value << 1) ^ (value >> 127)) as u128;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    /// Millionths below 2¹¹¹ in size. Most are whole hundredths of a whole, which are then written.
    pub fn decimal(&mut self, value: i128) {
        if value % HUNDREDTH == 0 {
            self.wide((value / HUNDREDTH) << 1);
        } else {
            self.wide((value << 1) | 1);
        }
    }

    /// Amounts with two decimals are whole hundredths; other numbers stand as they are.
    pub fn double(&mut self, value: f64) {
        let hundredths = (value * 100.0).round().clamp(-1e15, 1e15) as i64;
        if (hundredths as f64 / 100.0).to_bits() == value.to_bits() {
            self.signed(hundredths << 1);
        } else {
            self.signed(1);
            self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }

    pub fn text(&mut self, value: &str) {
        self.unsigned(value.len() as u64);
        self.bytes.extend_from_slice(value.as_bytes());
    }
}

/// Walks a record; every step checks what is left.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (head, tail) = self.rest.split_at_checked(count).ok_or(DecodeError::Short)?;
        self.rest = tail;
        Ok(head)
    }

    pub fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(self.take(1)?[0])
    }

    pub fn word(&mut self) -> Result<u32, DecodeError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub fn unsigned(&mut self) -> Result<u64, DecodeError> {
        u64::try_from(self.varint(10)?).map_err(|_| DecodeError::Malformed("an integer is too long"))
    }

    pub fn signed(&mut self) -> Result<i64, DecodeError> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn wide(&mut self) -> Result<i128, DecodeError> {
        let value = self.varint(19)?;
        Ok((value >> 1) as i128 ^ -((value & 1) as i128))
    }

    fn varint(&mut self, most: u32) -> Result<u128, DecodeError> {
        let mut value = 0u128;
        for step in 0..most {
            let byte = self.byte()?;
            let part = u128::from(byte & 0x7f);
            // The last step of a 128-bit integer has room for two bits only.
            if step == 18 && part > 3 {
                break;
            }
            value |= part << (7 * step);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Malformed("an integer is too long"))
    }

    pub fn decimal(&mut self) -> Result<i128, DecodeError> {
        let value = self.wide()?;
        if value.unsigned_abs() > 1 << 112 {
            return Err(DecodeError::Malformed("an amount is out of range"));
        }
        Ok(if value & 1 == 0 { (value >> 1) * HUNDREDTH } else { value >> 1 })
    }

    pub fn double(&mut self) -> Result<f64, DecodeError> {
        let value = self.signed()?;
        if value & 1 == 0 {
            return Ok((value >> 1) as f64 / 100.0);
        }
        let mut word = [0; 8];
        word.copy_from_slice(self.take(8)?);
        Ok(f64::from_bits(u64::from_le_bytes(word)))
    }

    /// A double that a fold could have kept: finite.
    pub fn finite(&mut self) -> Result<f64, DecodeError> {
        let value = self.double()?;
        if value.is_finite() { Ok(value) } else { Err(DecodeError::Malformed("a number is not finite")) }
    }

    /// A count of things that follow, at most `most`.
    pub fn count(&mut self, most: usize) -> Result<usize, DecodeError> {
        let count = self.unsigned()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= most)
            .ok_or(DecodeError::Malformed("a list is longer than any writer makes"))
    }

    pub fn text(&mut self, most: usize) -> Result<&'a str, DecodeError> {
        let length = self.count(most)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| DecodeError::Malformed("a text is not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive() {
        let mut writer = Writer::default();
        let signed = [0, 1, -1, 63, -64, 64, i64::MAX, i64::MIN];
        let wide = [0, -1, i128::from(i64::MAX) * 7, i128::MAX, i128::MIN];
        let doubles = [0.0, -0.0, 19.99, 0.01, -4.35, 1e13, 1e16, -1e300, 0.123_456, f64::MIN_POSITIVE];
        let decimals = [0, 19_990_000, -19_990_000, 1, -1, i128::from(i64::MAX), i128::from(i64::MIN) << 47];
        signed.iter().for_each(|v| writer.signed(*v));
        wide.iter().for_each(|v| writer.wide(*v));
        doubles.iter().for_each(|v| writer.double(*v));
        decimals.iter().for_each(|v| writer.decimal(*v));
        writer.unsigned(u64::MAX);
        let mut reader = Reader::new(&writer.bytes);
        signed.iter().for_each(|v| assert_eq!(reader.signed(), Ok(*v)));
        wide.iter().for_each(|v| assert_eq!(reader.wide(), Ok(*v)));
        doubles.iter().for_each(|v| assert_eq!(reader.double().map(f64::to_bits), Ok(v.to_bits())));
        decimals.iter().for_each(|v| assert_eq!(reader.decimal(), Ok(*v)));
        assert_eq!(reader.unsigned(), Ok(u64::MAX));
        assert!(reader.is_empty());
        assert_eq!(Reader::new(&[0x80; 40]).unsigned(), Err(DecodeError::Malformed("an integer is too long")));
        assert_eq!(Reader::new(&[0x80; 40]).wide(), Err(DecodeError::Malformed("an integer is too long")));
        assert_eq!(Reader::new(&[0x80]).wide(), Err(DecodeError::Short));
    }
}
