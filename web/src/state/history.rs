//! Undo and redo.

/// Steps that can be undone.
const STEPS_MAX: usize = 200;

/// A value, what it was, and what it was before it was undone.
#[derive(Clone, Debug)]
pub struct History<T> {
    past: Vec<T>,
    now: T,
    future: Vec<T>,
    /// What the last change was about; changes of one thing in a row are one step.
    about: Option<String>,
}

impl<T: Clone + PartialEq> History<T> {
    /// A value without a past.
    pub fn new(now: T) -> Self {
        History {
            past: Vec::new(),
            now,
            future: Vec::new(),
            about: None,
        }
    }

    /// The value.
    pub fn now(&self) -> &T {
        &self.now
    }

    /// Changes the value. Changes about the same thing in a row, as a slider makes them, are one
    /// step; `None` is a step of its own.
    pub fn change(&mut self, next: T, about: Option<&str>) {
        if next == self.now {
            return;
        }
        let goes_on = about.is_some() && self.about.as_deref() == about && !self.past.is_empty();
        if goes_on {
            self.now = next;
        } else {
            self.past.push(std::mem::replace(&mut self.now, next));
            if self.past.len() > STEPS_MAX {
                self.past.remove(0);
            }
        }
        self.future.clear();
        self.about = about.map(str::to_owned);
    }

    /// The next change is a step of its own, whatever it is about.
    pub fn settle(&mut self) {
        self.about = None;
    }

    /// Goes one step back; whether there was one.
    pub fn undo(&mut self) -> bool {
        self.about = None;
        let Some(before) = self.past.pop() else {
            return false;
        };
        self.future.push(std::mem::replace(&mut self.now, before));
        true
    }

    /// Goes one step forward again; whether there was one.
    pub fn redo(&mut self) -> bool {
        self.about = None;
        let Some(after) = self.future.pop() else {
            return false;
        };
        self.past.push(std::mem::replace(&mut self.now, after));
        true
    }

    /// Whether there is something to undo, and to redo.
    pub fn can(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moves_of_one_slider_are_undone_at_once_and_redone_at_once() {
        let mut history = History::new(1);
        history.change(2, Some("jobs"));
        history.change(3, Some("jobs"));
        history.change(4, Some("images"));
        assert!(history.undo());
        assert_eq!(*history.now(), 3);
        assert!(history.undo());
        assert_eq!(*history.now(), 1);
        assert!(!history.undo());
        assert!(history.redo() && history.redo() && !history.redo());
        assert_eq!(*history.now(), 4);
    }

    #[test]
    fn a_change_after_an_undo_leaves_nothing_to_redo() {
        let mut history = History::new(1);
        history.change(2, None);
        history.change(2, None);
        history.undo();
        history.change(3, None);
        assert_eq!(history.can(), (true, false));
        history.settle();
        history.change(4, None);
        history.undo();
        assert_eq!(*history.now(), 3);
    }
}
