//! The tables of names in the READMEs match the registry.

use opentelemetry_autoprop::known_formats;

/// Returns the names in the first column of the table whose header row begins with `title`.
fn names(markdown: &str, title: &str) -> Vec<String> {
    let table = markdown
        .lines()
        .skip_while(|line| !line.starts_with(title))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    table
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split(','))
        .map(|name| name.trim().trim_matches('`').to_owned())
        .collect()
}

fn assert_complete(markdown: &str, title: &str) {
    let mut found = names(markdown, title);
    let mut expected: Vec<_> = known_formats()
        .iter()
        .map(|format| format.name.to_owned())
        .collect();
    expected.push("none".to_owned());
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{title}");
}

#[test]
fn readme_lists_the_names_of_the_registry() {
    let readme = include_str!("../README.md");
    assert_complete(readme, "| name | headers | cargo feature |");
    for format in known_formats() {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", format.name)))
            .unwrap();
        assert!(row.contains(format.headers[0]), "{row}");
        if let Some(feature) = format.feature {
            assert!(row.contains(&format!("`{feature}`")), "{row}");
        }
    }
}

#[test]
fn readme_of_the_repository_lists_the_names() {
    let readme = include_str!("../../../README.md");
    assert_complete(readme, "| name in `OTEL_PROPAGATORS` |");
}
