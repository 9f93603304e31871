/// Follows a template through its partials and layouts, and refuses what its view has no answer to.
struct TemplateCheck {
    /// What a view holds, read from one in which nothing is missing.
    indirect enum Shape {
        case leaf
        case group([String: Shape])
        case list(Shape)

        init(of value: Any) {
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .optional: self = mirror.children.first.map { Shape(of: $0.value) } ?? .leaf
            case .collection: self = .list(mirror.children.first.map { Shape(of: $0.value) } ?? .leaf)
            case .struct where !mirror.children.isEmpty && !(value is String):
                var members: [String: Shape] = [:]
                for child in mirror.children {
                    if let label = child.label { members[label] = Shape(of: child.value) }
                }
                self = .group(members)
            default: self = .leaf
            }
        }

        var members: [String: Shape] {
            if case .group(let members) = self { members } else { [:] }
        }
    }

    private struct Scope {
        let tag: TemplateTag
        let pushesView: Bool
    }

    private let source: TemplateSource
    private let tags: [String: [TemplateTag]]

    /// - Throws: `TemplateError` for a template whose tags cannot be told apart.
    init(source: TemplateSource) throws(TemplateError) {
        var tags: [String: [TemplateTag]] = [:]
        for (name, file) in source.files { tags[name] = try TemplateTags.scan(file.text, file: file.path) }
        self.source = source
        self.tags = tags
    }

    /// Checks the template `name` and all that it draws in.
    func check(_ name: String, view: Any) throws(TemplateError) {
        try self.check(name, stack: [Shape(of: view)], blocks: [], path: [])
    }

    private func check(_ name: String, stack: [Shape], blocks: Set<String>, path: [String]) throws(TemplateError) {
        guard let file = self.source.files[name] else {
            throw TemplateError(file: name, message: "there is no such template")
        }
        guard !path.contains(name) else {
            throw TemplateError(
                file: file.path,
                message: "it draws itself in: \((path + [name]).joined(separator: " > "))"
            )
        }
        let tags = self.tags[name] ?? []
        try Self.checkPragma(tags, name: name, file: file.path)
        var stack = stack
        var scopes: [Scope] = []
        for tag in tags {
            func fail(_ message: String) -> TemplateError {
                TemplateError(file: file.path, line: tag.line, message: message)
            }
            switch tag.kind {
            case .comment, .pragma: continue
            case .refused(let message): throw fail(message)
            case .variable:
                guard Self.find(tag.name, in: stack) != nil else { throw fail(Self.unknown(tag.name, in: stack)) }
            case .section, .invertedSection:
                guard let found = Self.find(tag.name, in: stack) else { throw fail(Self.unknown(tag.name, in: stack)) }
                let isPushed = tag.kind == .section
                if isPushed { stack.append(found.element) }
                scopes.append(Scope(tag: tag, pushesView: isPushed))
            case .partial, .parent:
                guard self.source.files[tag.name] != nil else {
                    throw fail("there is no template \(tag.name) to draw in")
                }
                try self.check(tag.name, stack: stack, blocks: [], path: path + [name])
                if tag.kind == .parent { scopes.append(Scope(tag: tag, pushesView: false)) }
            case .block:
                if let parent = scopes.last?.tag, parent.kind == .parent {
                    let known = Set((self.tags[parent.name] ?? []).filter { $0.kind == .block }.map(\.name))
                    guard known.contains(tag.name) else {
                        throw fail(
                            "\(parent.name) has no block \(tag.name); it has \(known.sorted().joined(separator: ", "))"
                        )
                    }
                }
                scopes.append(Scope(tag: tag, pushesView: false))
            case .end:
                guard let last = scopes.popLast(), last.tag.name == tag.name else {
                    throw fail("{{/\(tag.name)}} ends nothing that was begun")
                }
                if last.pushesView { stack.removeLast() }
            }
        }
        if let open = scopes.last?.tag {
            throw TemplateError(file: file.path, line: open.line, message: "\(open.name) is begun, and not ended")
        }
    }

    /// Subjects and texts begin by saying that they are no HTML; HTML must not say so, or nothing would be escaped.
    private static func checkPragma(_ tags: [TemplateTag], name: String, file: String) throws(TemplateError) {
        let pragmas = tags.filter { $0.kind == .pragma }
        if name.hasSuffix(".html") {
            guard let pragma = pragmas.first else { return }
            throw TemplateError(file: file, line: pragma.line, message: "HTML has no {{% … }}")
        }
        guard pragmas.count == 1, tags.first == pragmas.first,
            pragmas[0].name.filter({ !$0.isWhitespace }) == "CONTENT_TYPE:TEXT"
        else { throw TemplateError(file: file, line: 1, message: "it must begin with {{% CONTENT_TYPE: TEXT}}") }
    }

    /// Looks a name up as Mustache does: its first part from the innermost view outwards, the rest below that.
    private static func find(_ name: String, in stack: [Shape]) -> Shape? {
        guard name != "." else { return stack.last }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard var found = stack.lazy.reversed().compactMap({ $0.members[parts[0]] }).first else { return nil }
        for part in parts.dropFirst() {
            guard let member = found.members[part] else { return nil }
            found = member
        }
        return found
    }

    private static func unknown(_ name: String, in stack: [Shape]) -> String {
        let names = Set(stack.flatMap { $0.members.keys }).sorted()
        return "{{\(name)}} is not known here; \(names.joined(separator: ", ")) are"
    }
}

extension TemplateCheck.Shape {
    /// What a section shows: each element of a list, or the thing itself.
    fileprivate var element: Self {
        if case .list(let element) = self { element } else { self }
    }
}
