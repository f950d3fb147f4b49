//! The compact binary form of records: variable-length integers, bounded on the way in.

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

    /// Round numbers have few mantissa bits; with the bytes swapped they become short integers.
    pub fn double(&mut self, value: f64) {
        self.unsigned(value.to_bits().swap_bytes());
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

    pub fn double(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_bits(self.unsigned()?.swap_bytes()))
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
        let doubles = [0.0, 19.99, -1e300, 1000.0, f64::MIN_POSITIVE];
        signed.iter().for_each(|v| writer.signed(*v));
        wide.iter().for_each(|v| writer.wide(*v));
        doubles.iter().for_each(|v| writer.double(*v));
        writer.unsigned(u64::MAX);
        let mut reader = Reader::new(&writer.bytes);
        signed.iter().for_each(|v| assert_eq!(reader.signed(), Ok(*v)));
        wide.iter().for_each(|v| assert_eq!(reader.wide(), Ok(*v)));
        doubles.iter().for_each(|v| assert_eq!(reader.double(), Ok(*v)));
        assert_eq!(reader.unsigned(), Ok(u64::MAX));
        assert!(reader.is_empty());
        assert_eq!(Reader::new(&[0x80; 40]).unsigned(), Err(DecodeError::Malformed("an integer is too long")));
        assert_eq!(Reader::new(&[0x80; 40]).wide(), Err(DecodeError::Malformed("an integer is too long")));
        assert_eq!(Reader::new(&[0x80]).wide(), Err(DecodeError::Short));
    }
}
