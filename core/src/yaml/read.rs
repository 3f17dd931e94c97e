//! Reading: events of the YAML parser to a tree, within budgets.

use super::{Diagnostic, Entry, Node, Place, Scalar, SourceId, Value};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use std::collections::BTreeMap;

/// The largest text that is read.
pub const BYTES_MAX: usize = 1 << 20;
/// The deepest nesting of maps and lists.
pub const DEPTH_MAX: usize = 32;
/// The most keys and values of a tree, those that aliases repeat included.
pub const NODES_MAX: usize = 200_000;

/// The text of these bytes, without a byte order mark.
///
/// # Errors
/// What is too long, the first byte that is not UTF-8, and the first control character. The second value is the text with such
/// bytes replaced, in which the diagnostic has its place.
pub fn decode_utf8(bytes: &[u8]) -> Result<&str, Box<(Diagnostic, String)>> {
    if bytes.len() > BYTES_MAX {
        let message = format!(
            "the file has {} bytes; a scenario has at most {BYTES_MAX}",
            bytes.len()
        );
        let diagnostic = Diagnostic::new(message, Place::new(SourceId::FILE, 0, 0));
        return Err(Box::new((diagnostic, String::new())));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.find(is_unprintable) {
            None => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Some(at) => {
                let place = Place::new(SourceId::FILE, at as u32, at as u32 + 1);
                let message = format!("byte {at} (0x{:02x}) is a control character", bytes[at]);
                let diagnostic = Diagnostic::new(message, place);
                let diagnostic =
                    diagnostic.hint("YAML is text: take it out, or save the file as UTF-8");
                Err(Box::new((diagnostic, text.to_owned())))
            }
        },
        Err(error) => {
            let at = error.valid_up_to();
            let text = String::from_utf8_lossy(bytes).into_owned();
            // Up to `at` both texts are the same; there stands a replacement of three bytes.
            let place = Place::new(SourceId::FILE, at as u32, at as u32 + 3);
            let message = format!("byte {at} (0x{:02x}) is not UTF-8", bytes[at]);
            let hint = match bytes {
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                    "the file looks like UTF-16; save it as UTF-8"
                }
                _ => "save the file as UTF-8",
            };
            Err(Box::new((Diagnostic::new(message, place).hint(hint), text)))
        }
    }
}

/// Of ASCII, what YAML 1.2 has no place for (section 5.1).
fn is_unprintable(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Reads one YAML document.
///
/// # Errors
/// Text that is not YAML, and what a scenario cannot use of YAML: more than one document, tags,
/// merge keys, keys that are not text, a key that is there twice, and what exceeds the budgets
/// ([`BYTES_MAX`], [`DEPTH_MAX`], [`NODES_MAX`]). An empty text is a blank node.
pub fn read(text: &str, source: SourceId) -> Result<Node, Vec<Diagnostic>> {
    read_at(text, source, 0)
}

/// Reads YAML that begins at byte `offset` of its source.
///
/// # Errors
/// See [`read`].
pub fn read_at(text: &str, source: SourceId, offset: u32) -> Result<Node, Vec<Diagnostic>> {
    let whole = Place::new(source, offset, offset);
    if text.len() > BYTES_MAX {
        let message = format!("more than {BYTES_MAX} bytes of YAML");
        return Err(vec![Diagnostic::new(message, whole)]);
    }
    let mut reader = Reader::new(text, source, offset);
    match reader.document() {
        Ok(node) if reader.problems.is_empty() => Ok(node),
        Ok(_) => Err(reader.problems),
        Err(fatal) => {
            reader.problems.push(*fatal);
            Err(reader.problems)
        }
    }
}

/// An alias, and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    /// Its anchor, by the parser's number.
    pub anchor: usize,
    /// Where it stands.
    pub place: Place,
    /// The value of its anchor.
    pub node: Node,
}

/// The aliases of YAML that can be read, in the order of the text.
pub(super) fn aliases(text: &str) -> Vec<Alias> {
    let mut reader = Reader::new(text, SourceId::FILE, 0);
    match reader.document() {
        Ok(_) => reader.aliases,
        Err(_) => Vec::new(),
    }
}

/// Byte offset of each character and of the end; `None` where characters are bytes.
fn byte_offsets(text: &str) -> Option<Vec<u32>> {
    if text.is_ascii() {
        return None;
    }
    let ends = std::iter::once(text.len() as u32);
    Some(
        text.char_indices()
            .map(|(at, _)| at as u32)
            .chain(ends)
            .collect(),
    )
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    text: &'t str,
    source: SourceId,
    offset: u32,
    bytes: Option<Vec<u32>>,
    anchors: Vec<(usize, Node)>,
    aliases: Vec<Alias>,
    nodes: usize,
    problems: Vec<Diagnostic>,
}

type Fatal = Box<Diagnostic>;

impl<'t> Reader<'t> {
    fn new(text: &'t str, source: SourceId, offset: u32) -> Self {
        Reader {
            parser: Parser::new_from_str(text),
            text,
            source,
            offset,
            bytes: byte_offsets(text),
            anchors: Vec::new(),
            aliases: Vec::new(),
            nodes: 0,
            problems: Vec::new(),
        }
    }

    /// The parser counts characters; places count bytes.
    fn byte(&self, character: usize) -> u32 {
        let at = match &self.bytes {
            Some(bytes) => bytes[character.min(bytes.len() - 1)],
            None => character.min(self.text.len()) as u32,
        };
        self.offset + at
    }

    fn place(&self, span: Span) -> Place {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        Place::new(self.source, start, end.max(start))
    }

    fn next(&mut self) -> Result<(Event<'t>, Place), Fatal> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.place(span))),
            Some(Err(error)) => Err(self.syntax(&error).into()),
            None => Ok((Event::StreamEnd, self.place(Span::default()))),
        }
    }

    fn document(&mut self) -> Result<Node, Fatal> {
        let mut root = None;
        loop {
            let (event, place) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(Diagnostic::new("a second document begins here", place)
                        .hint("a scenario is one document; put the other into its own file")
                        .into());
                }
                Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Nothing => {}
                event => root = Some(self.node(event, place, 0)?),
            }
        }
        Ok(root.unwrap_or_else(|| Node {
            place: Place::new(self.source, self.offset, self.offset),
            value: Value::Scalar(Scalar {
                text: String::new(),
                plain: true,
            }),
        }))
    }

    fn node(&mut self, event: Event<'t>, mut place: Place, depth: usize) -> Result<Node, Fatal> {
        if depth > DEPTH_MAX {
            let message = format!("maps and lists are nested more than {DEPTH_MAX} deep");
            return Err(Diagnostic::new(message, place).into());
        }
        self.count(1, place)?;
        let (anchor, tag, value) = match event {
            Event::Alias(id) => return self.alias(id, place),
            Event::Scalar(text, style, anchor, tag) => {
                if anchor != 0 || tag.is_some() {
                    place.start = self.after_properties(place);
                }
                let plain = style == ScalarStyle::Plain;
                if plain && text.is_empty() {
                    place = self.behind_colon(place);
                }
                place.end = self.trimmed_end(place);
                let text = text.into_owned();
                (anchor, tag, Value::Scalar(Scalar { text, plain }))
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    let (event, item_place) = self.next()?;
                    if event == Event::SequenceEnd {
                        place.end = end_of(place, item_place, items.last());
                        break;
                    }
                    items.push(self.node(event, item_place, depth + 1)?);
                }
                (anchor, tag, Value::List(items))
            }
            Event::MappingStart(anchor, tag) => {
                let mut entries: Vec<Entry> = Vec::new();
                let mut seen: BTreeMap<String, Place> = BTreeMap::new();
                loop {
                    let (event, key_place) = self.next()?;
                    if event == Event::MappingEnd {
                        let last = entries.last().map(|entry| &entry.value);
                        place.end = end_of(place, key_place, last);
                        break;
                    }
                    let key = self.key(event, key_place, depth)?;
                    let (event, value_place) = self.next()?;
                    let value = self.node(event, value_place, depth + 1)?;
                    let Some((key, key_place)) = key else {
                        continue;
                    };
                    match seen.get(&key) {
                        Some(first) => self.twice(&key, key_place, *first),
                        None => {
                            seen.insert(key.clone(), key_place);
                            entries.push(Entry {
                                key,
                                key_place,
                                value,
                            });
                        }
                    }
                }
                (anchor, tag, Value::Map(entries))
            }
            _ => return Err(Diagnostic::new("not valid YAML", place).into()),
        };
        if let Some(tag) = tag {
            let handle = if tag.is_yaml_core_schema() {
                "!!"
            } else {
                tag.handle.as_str()
            };
            let message = format!("the tag `{handle}{}` is not used in scenarios", tag.suffix);
            self.problems
                .push(Diagnostic::new(message, place).hint("leave the tag out"));
        }
        let node = Node { place, value };
        if anchor != 0 {
            self.anchors.push((anchor, node.clone()));
        }
        Ok(node)
    }

    /// The text of a key; `None`, and a problem, if it is something else.
    fn key(
        &mut self,
        event: Event<'t>,
        place: Place,
        depth: usize,
    ) -> Result<Option<(String, Place)>, Fatal> {
        let node = self.node(event, place, depth + 1)?;
        let problem = match &node.value {
            Value::Scalar(scalar) if scalar.plain && scalar.text == "<<" => {
                Diagnostic::new("the merge key `<<` is not part of YAML 1.2", node.place)
                    .hint("repeat the fields; for a value used twice write an alias (`*name`)")
            }
            Value::Scalar(_) if node.is_null() => {
                Diagnostic::new("a key is missing before the `:`", node.place)
            }
            Value::Scalar(scalar) => return Ok(Some((scalar.text.clone(), node.place))),
            _ => Diagnostic::new(
                format!("a key is a name, not {}", node.describe()),
                node.place,
            ),
        };
        self.problems.push(problem);
        Ok(None)
    }

    fn twice(&mut self, key: &str, place: Place, first: Place) {
        self.problems.push(
            Diagnostic::new(format!("the key `{key}` is there twice"), place)
                .label("again here")
                .also(first, "first here")
                .hint("remove one of them"),
        );
    }

    fn alias(&mut self, id: usize, place: Place) -> Result<Node, Fatal> {
        let Some((_, node)) = self.anchors.iter().rev().find(|(anchor, _)| *anchor == id) else {
            let message = "this alias stands inside its own anchor";
            return Err(Diagnostic::new(message, place).into());
        };
        let node = node.clone();
        self.count(size(&node), place)?;
        self.aliases.push(Alias {
            anchor: id,
            place,
            node: node.clone(),
        });
        Ok(node)
    }

    fn count(&mut self, nodes: usize, place: Place) -> Result<(), Fatal> {
        self.nodes += nodes;
        if self.nodes > NODES_MAX {
            let message = format!("more than {NODES_MAX} keys and values, aliases included");
            return Err(Diagnostic::new(message, place).into());
        }
        Ok(())
    }

    /// Where a scalar begins behind its anchor and tag.
    fn after_properties(&self, place: Place) -> u32 {
        let mut start = place.start;
        while let Some(rest) = self.written(Place { start, ..place })
            && rest.starts_with(['&', '!'])
        {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let blanks = rest[length..].len() - rest[length..].trim_start().len();
            start += (length + blanks) as u32;
        }
        start
    }

    /// The parser puts the value that is not there before the `:` of its key.
    fn behind_colon(&self, place: Place) -> Place {
        let after = (place.start - self.offset) as usize;
        let at = place.start + u32::from(self.text[after..].starts_with(':'));
        Place::new(place.source, at, at)
    }

    /// The end of a scalar without the line ends that block scalars own.
    fn trimmed_end(&self, place: Place) -> u32 {
        self.written(place)
            .map_or(place.end, |text| place.start + text.trim_end().len() as u32)
    }

    fn written(&self, place: Place) -> Option<&'t str> {
        let (start, end) = (place.start - self.offset, place.end - self.offset);
        self.text.get(start as usize..end as usize)
    }

    /// The tab that the parser stumbled over. It tells the beginning of what it was reading by then: of
    /// a text that would go on in the next line, of what stands behind the tab.
    fn tab_that_indents(&self, told: u32) -> u32 {
        let from = (told - self.offset) as usize;
        let tab = tab_in_indentation(self.text, from);
        tab.map_or(told, |tab| self.offset + tab as u32)
    }

    /// What the parser says, in the words of people who write YAML by hand.
    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let start = self.byte(error.marker().index());
        let place = Place::new(self.source, start, start + 1);
        let info = error.info();
        let (message, hint) = if info.contains("tab") {
            let start = self.tab_that_indents(start);
            let place = Place::new(self.source, start, start + 1);
            return Diagnostic::new("a tab cannot indent", place).hint("indent with spaces");
        } else if info.contains("mapping values are not allowed") {
            (
                "a `:` cannot stand here",
                "either this line is indented differently from its neighbours, or a text contains \
                 `: ` and needs quotes",
            )
        } else if info.contains("illegal placement of ':'") {
            (
                "a `:` cannot stand here",
                "a `[` or `{` before it may lack its end, or a text contains `:` and needs quotes",
            )
        } else if info.contains("unknown anchor") {
            (
                "this alias names no anchor",
                "an anchor (`&name`) stands before its alias (`*name`)",
            )
        } else if info.contains("expected ',' or ']'") {
            (
                "a `]` or `,` is missing",
                "a list that begins with `[` ends with `]`",
            )
        } else if info.contains("expected ',' or '}'") {
            (
                "a `}` or `,` is missing",
                "a map that begins with `{` ends with `}`",
            )
        } else if info.contains("quoted scalar") && info.contains("end of stream") {
            ("the quote that begins here has no end", "close the quote")
        } else if info.contains("unexpected character: `%'")
            || info.contains("unexpected character: `@'")
            || info.contains("unexpected character: ``'")
        {
            (
                "a text cannot begin with this character",
                "put the text in quotes",
            )
        } else {
            let message = format!("not valid YAML: {info}");
            return Diagnostic::new(message, place);
        };
        Diagnostic::new(message, place).hint(hint)
    }
}

/// The first tab that indents something from this byte on, as far as its line and the next ones.
fn tab_in_indentation(text: &str, from: usize) -> Option<usize> {
    let mut line = text[..from].rfind('\n').map_or(0, |end| end + 1);
    for written in text[line..].split_inclusive('\n') {
        let content = written.trim_start_matches([' ', '\t']);
        let indentation = &written[..written.len() - content.len()];
        if let (Some(tab), false) = (indentation.find('\t'), content.trim().is_empty()) {
            return Some(line + tab);
        }
        line += written.len();
    }
    None
}

/// Where a map or list ends: behind its bracket, or with its last child (a block ends, for the
/// parser, only where the next thing begins).
fn end_of(start: Place, end_event: Place, last: Option<&Node>) -> u32 {
    if end_event.end > end_event.start {
        return end_event.end;
    }
    last.map_or(start.end, |node| node.place.end.max(start.end))
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| 1 + size(&entry.value))
                .sum::<usize>()
        }
    }
}
