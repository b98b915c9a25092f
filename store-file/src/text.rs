//! Strings, numbers and times as serde writes them, in a fraction of the steps: every commit has them, and the writer's time is everybody's.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

/// Appends a string, in quotes.
pub(crate) fn string(buffer: &mut Vec<u8>, string: &str) -> serde_json::Result<()> {
    let stands_for_itself = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    // All of them are looked at, without stopping at the first: so the compiler may take many at once.
    if !string.bytes().fold(true, |all, byte| all & stands_for_itself(byte)) {
        return serde_json::to_writer(buffer, string);
    }
    buffer.push(b'"');
    buffer.extend_from_slice(string.as_bytes());
    buffer.push(b'"');
    Ok(())
}

/// Appends a number.
pub(crate) fn number(buffer: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut begin = digits.len();
    loop {
        begin -= 1;
        digits[begin] = digit(number);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[begin..]);
}

/// Appends a time, in quotes, with as many digits of its second as it needs: none, three, six or nine.
pub(crate) fn time(buffer: &mut Vec<u8>, time: DateTime<Utc>) -> serde_json::Result<()> {
    let (date, clock) = (time.date_naive(), time.time());
    let nanoseconds = clock.nanosecond();
    let is_leap_second = nanoseconds >= 1_000_000_000;
    let year = match u32::try_from(date.year()) {
        Ok(year @ 0..=9999) if !is_leap_second => year,
        _ => return serde_json::to_writer(buffer, &time),
    };
    buffer.push(b'"');
    fixed::<4>(buffer, year);
    buffer.push(b'-');
    fixed::<2>(buffer, date.month());
    buffer.push(b'-');
    fixed::<2>(buffer, date.day());
    buffer.push(b'T');
    fixed::<2>(buffer, clock.hour());
    buffer.push(b':');
    fixed::<2>(buffer, clock.minute());
    buffer.push(b':');
    fixed::<2>(buffer, clock.second());
    if nanoseconds > 0 {
        buffer.push(b'.');
        if nanoseconds % 1_000_000 == 0 {
            fixed::<3>(buffer, nanoseconds / 1_000_000);
        } else if nanoseconds % 1_000 == 0 {
            fixed::<6>(buffer, nanoseconds / 1_000);
        } else {
            fixed::<9>(buffer, nanoseconds);
        }
    }
    buffer.extend_from_slice(b"Z\"");
    Ok(())
}

/// Appends the last so many digits of a number.
fn fixed<const DIGITS: usize>(buffer: &mut Vec<u8>, mut number: u32) {
    let mut digits = [b'0'; DIGITS];
    for place in digits.iter_mut().rev() {
        *place = digit(number.into());
        number /= 10;
    }
    buffer.extend_from_slice(&digits);
}

/// The last digit.
fn digit(number: u64) -> u8 {
    b"0123456789"[(number % 10) as usize]
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn strings_are_written_as_serde_writes_them() {
        let each = (0..=u32::from('\u{300}')).filter_map(char::from_u32);
        for odd in each.chain(['\u{2028}', '\u{fffd}', '🦀']) {
            for text in [String::new(), odd.to_string(), format!("release-1{odd}"), format!("{odd} ok")] {
                let mut buffer = Vec::new();
                string(&mut buffer, &text).unwrap();
                assert_eq!(buffer, serde_json::to_vec(&text).unwrap());
            }
        }
    }

    #[test]
    fn numbers_are_written_as_serde_writes_them() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        for value in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX - 1, u64::MAX]) {
            let mut buffer = Vec::new();
            number(&mut buffer, value);
            assert_eq!(buffer, serde_json::to_vec(&value).unwrap());
        }
    }

    #[test]
    fn times_are_written_as_serde_writes_them() {
        let mut written = Vec::new();
        let mut compare = |at: DateTime<Utc>| {
            written.clear();
            time(&mut written, at).unwrap();
            assert_eq!(written, serde_json::to_vec(&at).unwrap(), "{at}");
        };
        for text in [
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "-0001-12-31T23:59:59Z",
            "+10000-01-01T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.5Z",
            "2024-02-29T12:00:00.000000001Z",
        ] {
            compare(text.parse().unwrap());
        }
        compare(DateTime::<Utc>::MIN_UTC);
        compare(DateTime::<Utc>::MAX_UTC);
        // Steps of a prime number of nanoseconds, and of whole micro-, milli- and seconds, over the centuries.
        for step in [86_399_999_999_993_i64, 86_399_999_000, 8_639_999_000_000, 86_399_000_000_000] {
            let mut at = DateTime::<Utc>::UNIX_EPOCH - TimeDelta::days(100_000);
            for days in 0..4_000 {
                at += TimeDelta::nanoseconds(step) + TimeDelta::days(days % 97);
                compare(at);
            }
        }
    }
}
