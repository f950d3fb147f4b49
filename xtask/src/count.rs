//! Reads how many tests passed and failed out of what test runners write.

use serde_json::Value;

/// Tests of one height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// That held.
    pub passed: u64,
    /// That did not.
    pub failed: u64,
}

impl Count {
    /// A single check: held or not.
    #[must_use]
    pub const fn one(ok: bool) -> Self {
        Count { passed: ok as u64, failed: !ok as u64 }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Count) -> Self {
        Count { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// What a runner's end says beside its counts: a run that ended badly without a failed test has
    /// one failure, and so has a run that ran no test.
    #[must_use]
    pub const fn judged(self, ended_well: bool) -> Self {
        let silent = self.failed == 0 && (!ended_well || self.passed == 0);
        Count { passed: self.passed, failed: self.failed + silent as u64 }
    }
}

/// The sum of Rust's lines `test result: ok. 3 passed; 0 failed; …`, one a test binary.
#[must_use]
pub fn libtest(output: &str) -> Count {
    let before = |line: &str, word: &str| -> u64 {
        let words: Vec<&str> = line.split([' ', ';']).filter(|w| !w.is_empty()).collect();
        let at = words.iter().position(|w| *w == word).unwrap_or(0);
        at.checked_sub(1).and_then(|i| words[i].parse().ok()).unwrap_or(0)
    };
    output
        .lines()
        .filter_map(|l| l.trim_start().strip_prefix("test result: "))
        .map(|l| Count { passed: before(l, "passed"), failed: before(l, "failed") })
        .fold(Count::default(), Count::plus)
}

/// Vitest's JSON report.
#[must_use]
pub fn vitest(report: &str) -> Count {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    let number = |key: &str| report[key].as_u64().unwrap_or(0);
    Count { passed: number("numPassedTests"), failed: number("numFailedTests") }
}

/// The last line of `output` that is a JSON object with numbers `passed` and `failed`.
#[must_use]
pub fn json_line(output: &str) -> Count {
    let read = |line: &str| -> Option<Count> {
        let value: Value = serde_json::from_str(line.trim()).ok()?;
        Some(Count { passed: value["passed"].as_u64()?, failed: value["failed"].as_u64()? })
    };
    output.lines().rev().find_map(read).unwrap_or_default()
}

/// A JUnit report: test cases, and those among them that failed or broke.
#[must_use]
pub fn junit(report: &str) -> Count {
    let mut count = Count::default();
    for case in report.split("<testcase").skip(1) {
        let case = case.split("</testcase>").next().unwrap_or_default();
        let bad = case.contains("<failure") || case.contains("<error");
        if !case.contains("<skipped") {
            count = count.plus(Count::one(!bad));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn count(passed: u64, failed: u64) -> Count {
        Count { passed, failed }
    }

    #[test]
    fn rust_runs_are_summed() {
        let output = "running 3 tests\ntest a ... ok\n\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            \n   Doc-tests x\ntest result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\nnone passed; here\n";
        assert_eq!(libtest(output), count(13, 2));
        assert_eq!(libtest("error: could not compile"), count(0, 0));
    }

    #[test]
    fn reports_are_read() {
        assert_eq!(vitest(r#"{"numTotalTests":5,"numPassedTests":4,"numFailedTests":1}"#), count(4, 1));
        assert_eq!(vitest("no json"), count(0, 0));
        assert_eq!(json_line("noise\n{\"passed\":7,\"failed\":1}\nbye {\n"), count(7, 1));
        assert_eq!(json_line("{\"passed\":7}"), count(0, 0));
        let report = "<testsuite><testcase name=\"a\"/><testcase name=\"b\"><failure/></testcase><testcase name=\"c\"><skipped/></testcase><testcase name=\"d\"></testcase></testsuite>";
        assert_eq!(junit(report), count(2, 1));
    }

    #[test]
    fn a_silent_run_is_no_pass() {
        assert_eq!(count(0, 0).judged(true), count(0, 1), "nothing ran");
        assert_eq!(count(5, 0).judged(false), count(5, 1), "it died");
        assert_eq!(count(5, 2).judged(false), count(5, 2));
        assert_eq!(count(5, 0).judged(true), count(5, 0));
    }
}
