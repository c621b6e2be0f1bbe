//! The rules on contact: each maps an instant to "open until" or "next open at", with its name and source.
