//! The circles of a node, by the names that its user has given them.

use p2pm_core::node::CircleId;
use p2pm_core::wire::Name;

use super::ask::{Answer, ErrorKind};

/// At least one circle. The first one is meant where none is named.
pub(super) struct Circles {
    first: Circle,
    others: Vec<Circle>,
}

struct Circle {
    name: Name,
    id: CircleId,
}

impl Circles {
    /// The first circle.
    pub(super) fn new(name: Name, id: CircleId) -> Self {
        Self { first: Circle { name, id }, others: Vec::new() }
    }

    /// Adds another one.
    pub(super) fn add(&mut self, name: Name, id: CircleId) {
        self.others.push(Circle { name, id });
    }

    /// Whether there is more than one.
    pub(super) fn are_several(&self) -> bool {
        !self.others.is_empty()
    }

    /// All circles.
    pub(super) fn ids(&self) -> impl Iterator<Item = CircleId> {
        self.iter().map(|circle| circle.id)
    }

    fn iter(&self) -> impl Iterator<Item = &Circle> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Name of the first circle.
    pub(super) fn first(&self) -> &str {
        self.first.name.as_str()
    }

    /// Names of all circles.
    pub(super) fn names(&self) -> Vec<String> {
        self.iter().map(|circle| circle.name.as_str().to_owned()).collect()
    }

    /// The circle of this name.
    pub(super) fn find(&self, name: &str) -> Option<CircleId> {
        self.iter().find(|circle| circle.name.as_str() == name).map(|circle| circle.id)
    }

    /// The circle that a request is for, or the answer that there is none of this name.
    pub(super) fn asked(&self, name: Option<&str>) -> Result<CircleId, Answer> {
        let Some(name) = name else { return Ok(self.first.id) };
        self.find(name).ok_or_else(|| {
            let names = self.names().join(", ");
            Answer::error(ErrorKind::Usage, format!("you are in no circle {name}, but in {names}"))
        })
    }

    /// Name of a circle.
    pub(super) fn name(&self, id: CircleId) -> &Name {
        self.iter().find(|circle| circle.id == id).map_or(&self.first.name, |circle| &circle.name)
    }
}
