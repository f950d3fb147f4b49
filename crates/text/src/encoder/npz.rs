//! Reads arrays of numbers from NumPy's archive: a zip of `.npy` files, stored or deflated. Bounded.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::DeflateDecoder;

use super::EncoderError;

/// The largest array that is unpacked, in bytes.
const LIMIT_ARRAY: usize = 64 << 20;
/// The most arrays of one archive.
const LIMIT_ARRAYS: usize = 256;

/// The numbers of one array.
#[derive(Debug, PartialEq)]
pub(super) enum Numbers {
    Bytes(Vec<u8>),
    Single(Vec<f32>),
    Double(Vec<f64>),
    /// Of a kind the encoder has no use for.
    Other,
}

/// One array in row-major order.
#[derive(Debug, PartialEq)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Numbers,
}

/// Unpacks every array of an archive, by name without `.npy`.
pub(super) fn read(archive: &[u8]) -> Result<BTreeMap<String, Array>, EncoderError> {
    let mut out = BTreeMap::new();
    for entry in entries(archive)? {
        let name = entry.name.strip_suffix(".npy").unwrap_or(&entry.name).to_owned();
        let bytes = entry.unpack(archive)?;
        let array = array(&bytes).ok_or_else(|| EncoderError(format!("{name}: not an array this program reads")))?;
        out.insert(name, array);
    }
    Ok(out)
}

/// Where one file of the archive stands.
struct Entry {
    name: String,
    deflated: bool,
    crc: u32,
    packed: usize,
    unpacked: usize,
    header: usize,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The archive's table of contents, which stands at its end.
fn entries(archive: &[u8]) -> Result<Vec<Entry>, EncoderError> {
    let broken = || EncoderError("the archive's table of contents cannot be read".to_owned());
    let from = archive.len().saturating_sub(22 + 65_535);
    let end = archive[from..].windows(4).rposition(|w| w == b"PK\x05\x06").ok_or_else(broken)? + from;
    let count = u16_at(archive, end + 10).ok_or_else(broken)?;
    if count > LIMIT_ARRAYS {
        return Err(EncoderError(format!("the archive holds {count} arrays; at most {LIMIT_ARRAYS}")));
    }
    let mut at = u32_at(archive, end + 16).ok_or_else(broken)? as usize;
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        let (entry, next) = entry(archive, at).ok_or_else(broken)?;
        if entry.unpacked > LIMIT_ARRAY {
            return Err(EncoderError(format!("{} is larger than {LIMIT_ARRAY} bytes", entry.name)));
        }
        out.push(entry);
        at = next;
    }
    Ok(out)
}

fn entry(archive: &[u8], at: usize) -> Option<(Entry, usize)> {
    if archive.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
        return None;
    }
    let (name, extra, comment) = (u16_at(archive, at + 28)?, u16_at(archive, at + 30)?, u16_at(archive, at + 32)?);
    let deflated = match u16_at(archive, at + 10)? {
        0 => false,
        8 => true,
        _ => return None,
    };
    let entry = Entry {
        name: std::str::from_utf8(archive.get(at + 46..at + 46 + name)?).ok()?.to_owned(),
        deflated,
        crc: u32_at(archive, at + 16)?,
        packed: u32_at(archive, at + 20)? as usize,
        unpacked: u32_at(archive, at + 24)? as usize,
        header: u32_at(archive, at + 42)? as usize,
    };
    Some((entry, at + 46 + name + extra + comment))
}

impl Entry {
    fn unpack(&self, archive: &[u8]) -> Result<Vec<u8>, EncoderError> {
        let broken = || EncoderError(format!("{} is cut short or damaged", self.name));
        let packed = self.packed_bytes(archive).ok_or_else(broken)?;
        let mut bytes = Vec::with_capacity(self.unpacked);
        if self.deflated {
            let mut reader = DeflateDecoder::new(packed).take(self.unpacked as u64 + 1);
            reader.read_to_end(&mut bytes).map_err(|_| broken())?;
        } else {
            bytes.extend_from_slice(packed);
        }
        let mut crc = flate2::Crc::new();
        crc.update(&bytes);
        if bytes.len() != self.unpacked || crc.sum() != self.crc {
            return Err(broken());
        }
        Ok(bytes)
    }

    fn packed_bytes<'a>(&self, archive: &'a [u8]) -> Option<&'a [u8]> {
        if archive.get(self.header..self.header.checked_add(4)?)? != b"PK\x03\x04" {
            return None;
        }
        let start = self.header + 30 + u16_at(archive, self.header + 26)? + u16_at(archive, self.header + 28)?;
        archive.get(start..start.checked_add(self.packed)?)
    }
}

/// Reads one `.npy` file.
fn array(bytes: &[u8]) -> Option<Array> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (header, at) = match rest.first()? {
        1 => (u16_at(bytes, 8)?, 10),
        _ => (u32_at(bytes, 8)? as usize, 12),
    };
    let start = header.checked_add(at)?;
    let header = std::str::from_utf8(bytes.get(at..start)?).ok()?;
    let data = &bytes[start..];
    if header.contains("'fortran_order': True") {
        return None;
    }
    let shape: Vec<usize> = header
        .split_once("'shape': (")?
        .1
        .split_once(')')?
        .0
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(|n| n.parse().ok())
        .collect::<Option<_>>()?;
    let count = shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n))?;
    let kind = header.split_once("'descr': '")?.1.split_once('\'')?.0;
    let numbers = match kind {
        "|u1" => Numbers::Bytes(data.to_vec()),
        "<f4" => Numbers::Single(each(data, f32::from_le_bytes)),
        "<f8" => Numbers::Double(each(data, f64::from_le_bytes)),
        _ => return Some(Array { shape, numbers: Numbers::Other }),
    };
    let size = match &numbers {
        Numbers::Bytes(_) | Numbers::Other => 1,
        Numbers::Single(_) => 4,
        Numbers::Double(_) => 8,
    };
    (count.checked_mul(size)? == data.len()).then_some(Array { shape, numbers })
}

fn each<const N: usize, T>(data: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An archive with one stored file.
    fn archive(name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let size = (bytes.len() as u32).to_le_bytes();
        let mut out = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0".to_vec();
        for part in [&crc.sum().to_le_bytes()[..], &size, &size, &(name.len() as u16).to_le_bytes(), &[0, 0]] {
            out.extend_from_slice(part);
        }
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(bytes);
        let contents = out.len() as u32;
        out.extend_from_slice(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0");
        for part in [&crc.sum().to_le_bytes()[..], &size, &size, &(name.len() as u16).to_le_bytes(), &[0; 16]] {
            out.extend_from_slice(part);
        }
        out.extend_from_slice(name.as_bytes());
        let length = out.len() as u32 - contents;
        out.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&contents.to_le_bytes());
        out.extend_from_slice(&[0, 0]);
        out
    }

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let mut out = b"\x93NUMPY\x01\0".to_vec();
        out.extend_from_slice(&(header.len() as u16).to_le_bytes());
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(data);
        out
    }

    const PAIR: &str = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n";

    #[test]
    fn an_array_is_read_as_written() {
        let data: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let arrays = read(&archive("w.npy", &npy(PAIR, &data))).unwrap();
        assert_eq!(arrays["w"], Array { shape: vec![1, 2], numbers: Numbers::Single(vec![1.5, -2.0]) });
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let fine = archive("w.npy", &npy(PAIR, &[0; 8]));
        for (why, broken) in [
            ("empty", Vec::new()),
            ("cut", fine[..fine.len() - 30].to_vec()),
            ("another byte", fine.iter().enumerate().map(|(i, b)| if i == 60 { b ^ 1 } else { *b }).collect()),
            ("fewer numbers than the shape says", archive("w.npy", &npy(PAIR, &[0; 4]))),
            ("no array", archive("w.npy", b"hello")),
        ] {
            assert!(read(&broken).is_err(), "{why}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..150, byte: u8) {
            let _ = read(&bytes);
            let mut close = archive("w.npy", &npy(PAIR, &[0; 8]));
            let at = at % close.len();
            close[at] = byte;
            let _ = read(&close);
        }
    }
}
