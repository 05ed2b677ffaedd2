//! The peers run the pinned packages.

use std::collections::BTreeMap;

use interop::peer::Peer;
use serde_json::Value;

#[test]
fn python_has_the_versions_of_requirements_txt() {
    let installed = Peer::Python.versions();
    for line in include_str!("../../peers/python/requirements.txt").lines() {
        let (package, version) = line.split_once("==").expect("every version is exact");
        assert_eq!(
            installed.get(package).map(String::as_str),
            Some(version),
            "{package}"
        );
    }
}

#[test]
fn javascript_has_the_versions_of_package_json() {
    let installed = Peer::JavaScript.versions();
    let package: Value = serde_json::from_str(include_str!("../../peers/js/package.json")).unwrap();
    let pinned: BTreeMap<String, String> =
        serde_json::from_value(package["dependencies"].clone()).unwrap();
    for (package, version) in pinned {
        assert_eq!(installed.get(&package), Some(&version), "{package}");
    }
}
