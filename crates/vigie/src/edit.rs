//! Small edits of policy texts that leave everything else as its author wrote it.

/// Sets `key: value` of the map that stands under `name` on line `line` (from 1) of a YAML text.
///
/// # Errors
/// A sentence when the place does not look as block style looks; the caller then asks for an edit by hand.
pub fn set_member(text: &str, line: u32, name: &str, key: &str, value: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let start = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let head = lines.get(start).ok_or("the rule is not where it was")?;
    let own = indent(head);
    let opens = head.trim().trim_start_matches(['"', '\'']).starts_with(name);
    let rest = head.trim().rsplit_once(':').map_or("", |(_, rest)| rest.trim());
    if !opens || !(rest.is_empty() || rest.starts_with('#')) {
        return Err(format!("rule `{name}` is not written one member a line; edit its file instead"));
    }
    let inside = |l: &&str| blank(l) || indent(l) > own;
    let end = start + 1 + lines[start + 1..].iter().take_while(|l| inside(l)).count();
    let child = lines[start + 1..end].iter().find(|l| !blank(l)).map(|l| indent(l));
    let child = child.ok_or_else(|| format!("rule `{name}` is empty"))?;
    let mut out = String::with_capacity(text.len() + 32);
    let mut done = false;
    for (n, line) in lines.iter().enumerate() {
        let member = n > start && n < end && indent(line) == child && !blank(line);
        if member && line.trim_start().split(':').next().is_some_and(|k| k.trim() == key) {
            out.push_str(&replaced(line, child, key, value)?);
            done = true;
        } else {
            out.push_str(line);
        }
    }
    if !done {
        let place: usize = lines[..=start].iter().map(|l| l.len()).sum();
        let gap = if head.ends_with('\n') { "" } else { "\n" };
        out.insert_str(place, &format!("{gap}{}{key}: {value}\n", " ".repeat(child)));
    }
    Ok(out)
}

/// The line with another value; a comment behind it stays.
fn replaced(line: &str, child: usize, key: &str, value: &str) -> Result<String, String> {
    let rest = line.split_once(':').map_or("", |(_, rest)| rest);
    let comment = rest.find(" #").map_or("", |at| rest[at..].trim_end());
    let old = rest.split(" #").next().unwrap_or_default().trim();
    if old.is_empty() || old.starts_with(['|', '>', '&', '*']) {
        return Err(format!("`{key}` is written in a way that is not edited here; edit the file instead"));
    }
    let end = if line.ends_with('\n') { "\n" } else { "" };
    Ok(format!("{}{key}: {value}{comment}{end}", " ".repeat(child)))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn blank(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Rules.\nrules:\n  first:\n    event: a.b\n    mode: shadow   # for a week\n    when: x > 1\n\n  \
                        second:   # about chats\n    event: a.c\n    then:\n      - label: {entity: user, mode: x}\n    why: \
                        b\n  third: {event: a.d, mode: live}\n";

    #[test]
    fn a_member_is_replaced_and_its_comment_stays() {
        let out = set_member(TEXT, 3, "first", "mode", "live").unwrap();
        assert_eq!(out, TEXT.replace("mode: shadow   # for a week", "mode: live # for a week"));
    }

    #[test]
    fn a_missing_member_is_added_first_and_nested_ones_are_left_alone() {
        let out = set_member(TEXT, 8, "second", "mode", "canary").unwrap();
        assert_eq!(out, TEXT.replace("    event: a.c\n", "    mode: canary\n    event: a.c\n"));
    }

    #[test]
    fn other_styles_are_left_to_their_author() {
        for (line, name) in [(13, "third"), (99, "first"), (1, "first"), (3, "second")] {
            assert!(set_member(TEXT, line, name, "mode", "live").is_err(), "{line} {name}");
        }
        let folded = "a:\n  mode: >\n    live\n";
        assert!(set_member(folded, 1, "a", "mode", "live").is_err());
    }

    #[test]
    fn a_text_without_a_last_newline_is_no_exception() {
        assert_eq!(set_member("a:\n  mode: live", 1, "a", "mode", "draft").unwrap(), "a:\n  mode: draft");
    }
}
